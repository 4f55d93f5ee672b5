import { limitsOf } from '../domain/limits.ts';
import type { ApprovalNeed } from './approval-need.ts';
import { isMoreSevere, planHash, type Severity } from '../domain/decision.ts';
import type { Recipient } from '../domain/people.ts';
import type { Asking } from '../notifications/call-to-action.ts';
import type { Asks, Notification } from '../notifications/notification.ts';
import { aboutWords } from '../domain/run-request.ts';
import { layout, type Fact } from '../notifications/message.ts';
import { whatIsWrong } from '../notifications/what-is-wrong.ts';
import { tellEffect, wouldDo } from './plans.ts';
import type { RunContext } from './run-context.ts';
import type { Findings } from './run-probes.ts';
import type { Granted, Planned, RunResult, RunState } from './run-state.ts';

export interface Topic {
  readonly name: Recipient;
  readonly arn: string;
}

/** What messages tell of: a run, and how far it has come. */
type Reported = Pick<RunContext, 'request' | 'playbook' | 'severity' | 'settings' | 'notes'>;

/** Who is told of a run's end, and what. */
export interface Notice {
  readonly topics: readonly Topic[];
  readonly severity: Severity;
  readonly asksForPeople: boolean;
  /** @param asking what is asked of whoever reads it, where anything is */
  readonly message: (asking?: Asking) => Notification;
}

export const noticeOf = (run: Reported, state: RunState, result: RunResult): Notice => ({
  topics: topicsOf(run, state, result),
  severity: severityOf(run, state),
  asksForPeople: asksForPeople(run, result),
  message: (asking) => outcomeMessage(run, state, result, asking),
});

/** SRE always, FinOps of what they must know at once. A rehearsal tells nobody. */
function topicsOf(run: Reported, state: RunState, result: RunResult): Topic[] {
  const { request, playbook, settings } = run;
  const { outcome, then } = result;
  const sre: Topic = { name: 'sre', arn: settings.topics.sre };
  if (request.mode === 'dry-run') return [];
  // Waiting on is no news.
  if (request.cause.kind === 'sweep' && then?.kind === 'wait-for' && then.attended) return [];
  if (request.cause.kind === 'recovery') return outcome === 'self-healed' ? [sre] : [];
  // An alarm that flutters comes back and heals: people have heard so the first time, and the daily report counts the others.
  if (outcome === 'self-healed' && (state.episode ?? 1) > 1) return [];
  // Of those that join an incident and ask nothing, its escalation tells in one message that counts them.
  const asks = asksForPeople(run, result);
  if (state.joined && outcome === 'refused' && !asks) return [];
  const grave = severityOf(run, state) === 'SEV-1' && asks;
  return grave || playbook.finops?.includes(outcome)
    ? [sre, { name: 'finops', arn: settings.topics.finops }]
    : [sre];
}

export function actingMessage(run: Reported, granted: Granted): Notification {
  const { decision } = granted;
  const plan = wouldDo(decision, run);
  return {
    ...headOf(run, granted, 'acting', plan),
    body: layout({
      headline: `ACTING on ${about(run, granted)}`,
      facts: [
        ...whatIsWrong(run.playbook.alarms, run.request.cause),
        ['Why this plan', decision.why],
        ['What is done', plan],
        ['Asked of you', 'nothing; the outcome follows'],
      ],
      body: [references(run, granted)],
    }),
  };
}

/** What people are asked to approve of: everything that they need to decide stands in it. */
export function approvalMessage(
  run: Reported,
  planned: Planned,
  { id, need, expiresAt }: { id: string; need: ApprovalNeed & { needed: true }; expiresAt: string },
): Notification {
  const { playbook, settings } = run;
  const { decision, effect, findings } = planned;
  const { rows, usd, tenants } = limitsOf(settings.limits, playbook).blastRadius;
  const commands = [
    `npm run respond -- approve ${id} --plan ${planHash(decision.plan).slice(0, 12)}`,
    `npm run respond -- refuse ${id} --reason "…"`,
  ];
  const one = need.people === 1;
  const asked = one ? 'one of you' : 'two of you, neither of whom asked for it';
  return {
    ...headOf(run, planned, 'approval', `${one ? 'one person' : 'two people'} until ${expiresAt}`),
    body: layout({
      headline: `APPROVAL NEEDED: ${about(run, planned)}`,
      facts: [
        ...whatIsWrong(playbook.alarms, run.request.cause),
        ['Why this plan', decision.why],
        ['What it does', wouldDo(decision, run)],
        ['Why you', need.why],
        [
          'Foreseen',
          `${effect ? tellEffect(effect) : 'not known'} (limits ${rows} rows, ${usd} USD, ${tenants} tenants)`,
        ],
        ['Asked of you', `${asked}, by ${expiresAt}:`, ...commands],
      ],
      body: [seenLines(findings), references(run, planned)],
    }),
    asks: { what: one ? 'approve a plan' : 'two must approve a plan', by: expiresAt, commands },
  };
}

function outcomeMessage(run: Reported, state: RunState, result: RunResult, asking?: Asking): Notification {
  const { decision, findings } = state;
  const { outcome, why } = result;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, run)
      : undefined;
  return {
    ...headOf(run, state, outcome, why),
    body: layout({
      headline: `${outcome.toUpperCase()}: ${about(run, state)}`,
      facts: [
        ...whatIsWrong(run.playbook.alarms, run.request.cause),
        ['Outcome', why],
        ...(decision && decision.why !== why ? [['Decision', decision.why] as const] : []),
        ...breakerFact(run, state, result),
        ...(plan ? [[whatBecameOfIt(state, result), plan] as const] : []),
        ['Asked of you', asksForPeople(run, result) ? 'take over; the figures are below' : 'nothing'],
        ...(asking?.lines ?? []),
      ],
      body: [
        seenLines(findings),
        [
          ...references(run, state),
          ...(state.onRecord === false ? ['The ledger is away: the record follows once it is back.'] : []),
        ],
      ],
    }),
    ...(asking && { asks: asksOf(run, asking) }),
  };
}

/** By this run the playbook's breaker opens. */
function breakerFact(
  { playbook, settings }: Reported,
  { fence, inARow = 0 }: RunState,
  { outcome }: RunResult,
): Fact[] {
  const after = limitsOf(settings.limits, playbook).breakerAfter;
  const failed = fence !== undefined && (outcome === 'ineffective' || outcome === 'failed');
  if (!failed || inARow + 1 < after) return [];
  return [
    [
      'Breaker',
      `open: ${inARow + 1} plans of ${playbook.id} in a row did not help; it acts no more until you say so:`,
      `npm run respond -- reset ${playbook.id} --reason "…"`,
    ],
  ];
}

/** Of the plan. A lock alone says nothing: right before the sending it may still be refused. */
function whatBecameOfIt({ fence }: RunState, { outcome }: RunResult): string {
  if (fence === undefined || outcome === 'refused') return 'Not done';
  return outcome === 'failed' ? 'What was tried' : 'What was done';
}

/**
 * A refusal because another run is at work asks nothing of anybody, nor does one that waits for its cause to be
 * repaired, unless nobody has begun on that by the next sweep. Any other leaves the fault to people.
 */
function asksForPeople({ request }: Reported, { outcome, then }: RunResult): boolean {
  if (outcome === 'refused' && then?.kind === 'wait-for')
    return request.cause.kind === 'sweep' && !then.attended;
  if (outcome === 'refused') return then === undefined;
  // In the shadow the machine only watches.
  if (outcome === 'rehearsed') return request.mode === 'live';
  return ['escalated', 'ineffective', 'inconclusive', 'failed'].includes(outcome);
}

/** The more severe of what the alarm declares and what was decided: a machine never lowers it. */
function severityOf({ severity }: Reported, { decision }: RunState): Severity {
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : decision?.kind === 'act'
        ? decision.handOff?.severity
        : undefined;
  return decided !== undefined && isMoreSevere(decided, severity) ? decided : severity;
}

const shortly = ({ playbook }: Reported, { target }: RunState): string =>
  [playbook.id, ...Object.values(target)].join(' ');

/** What every message of a run has besides its body. @param says the news in one sentence */
const headOf = (
  run: Reported,
  state: RunState,
  event: string,
  says: string,
): Pick<Notification, 'event' | 'subject' | 'incident'> => ({
  event,
  subject: `[${event}] ${shortly(run, state)}: ${says}`,
  incident: {
    id: state.incident,
    run: run.request.run,
    severity: severityOf(run, state),
    about: shortly(run, state),
    says,
    resources: evidenceOf(run),
  },
});

const asksOf = ({ request }: Reported, { by, episode, link, command }: Asking): Asks => ({
  what: 'take over',
  ...(by !== undefined && { by }),
  ...(episode !== undefined && { episode }),
  ...(link !== undefined && { link }),
  commands: [...(command === undefined ? [] : [command]), `npm run respond -- why ${request.run}`],
});

function about(run: Reported, state: RunState): string {
  return `${aboutWords(run.playbook.id, state.target)} (${severityOf(run, state)})`;
}

const seenLines = (findings: Findings | undefined): string[] =>
  findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? [];

/** Of a run that has looked at nothing there is none. */
const evidenceOf = ({ request, settings, notes }: Reported): string[] =>
  notes.evidenceSets.length === 0 ? [] : [`s3://${settings.bucket}/evidence/${request.run}/`];

const references = (run: Reported, { incident }: RunState): string[] => [
  `Incident ${incident}`,
  `Run ${run.request.run}; ask the dispatcher for it: {"status":"${run.request.run}"}`,
  `Why it did or did not act: npm run respond -- why ${run.request.run}`,
  ...evidenceOf(run).map((place) => `Evidence ${place}`),
  `Runbook section ${run.playbook.section}`,
];
