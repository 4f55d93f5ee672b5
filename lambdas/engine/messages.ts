import { moment } from '../domain/words.ts';
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
import type { EndedRun, Granted, Planned, RunResult, RunState } from './run-state.ts';

export interface Topic {
  readonly name: Recipient;
  readonly arn: string;
}

type Reported = Pick<RunContext, 'request' | 'playbook' | 'severity' | 'settings' | 'notes'>;

/** Who is notified of a run's end, and of what. */
export interface Notice {
  readonly topics: readonly Topic[];
  readonly severity: Severity;
  readonly asksForPeople: boolean;
  /** @param asking what the reader must do, if anything */
  readonly message: (asking?: Asking) => Notification;
}

export const noticeOf = (run: Reported, ended: EndedRun): Notice => ({
  topics: topicsOf(run, ended),
  severity: severityOf(run, ended),
  asksForPeople: asksForPeople(run, ended.end),
  message: (asking) => outcomeMessage(run, ended, asking),
});

/** SRE always, FinOps where they must know at once, nobody for a rehearsal. */
function topicsOf(run: Reported, ended: EndedRun): Topic[] {
  const { request, playbook, settings } = run;
  const { outcome, then } = ended.end;
  const sre: Topic = { name: 'sre', arn: settings.topics.sre };
  if (request.mode === 'dry-run') return [];
  // Still waiting is no news.
  if (request.cause.kind === 'sweep' && then?.kind === 'wait-for' && then.attended) return [];
  if (request.cause.kind === 'recovery') return outcome === 'self-healed' ? [sre] : [];
  // A flapping alarm: people heard of it the first time, and the daily report counts the others.
  if (outcome === 'self-healed' && (ended.episode ?? 1) > 1) return [];
  // Runs that join an incident and need nobody are counted in one message of its escalation.
  const asks = asksForPeople(run, ended.end);
  if (ended.joined && outcome === 'refused' && !asks) return [];
  const grave = severityOf(run, ended) === 'SEV-1' && asks;
  return grave || playbook.finops?.includes(outcome)
    ? [sre, { name: 'finops', arn: settings.topics.finops }]
    : [sre];
}

export function actingMessage(run: Reported, granted: Granted): Notification {
  const { decision } = granted;
  const plan = wouldDo(decision, run);
  return messageOf(run, granted, ['acting', plan], 'ACTING on', [
    ['Why this plan', decision.why],
    ['What is done', plan],
    ['Asked of you', 'nothing; the outcome follows'],
  ]);
}

/** Has everything that people need to decide. */
export function approvalMessage(
  run: Reported,
  planned: Planned,
  { id, need, expiresAt }: { id: string; need: ApprovalNeed & { needed: true }; expiresAt: string },
): Notification {
  const { decision, effect, findings } = planned;
  const { rows, usd, tenants } = limitsOf(run.settings.limits, run.playbook).blastRadius;
  const limits = `limits ${rows} rows, ${usd} USD, ${tenants} tenants`;
  const commands = [
    `npm run respond -- approve ${id} --plan ${planHash(decision.plan).slice(0, 12)}`,
    `npm run respond -- refuse ${id} --reason "…"`,
  ];
  const one = need.people === 1;
  const asked = one ? 'one of you' : 'two of you, neither of whom asked for it';
  const says = `${one ? 'one person' : 'two people'} until ${moment(expiresAt)}`;
  const facts: Fact[] = [
    ['Why this plan', decision.why],
    ['What it does', wouldDo(decision, run)],
    ['Why you', need.why],
    ['Foreseen', `${effect ? tellEffect(effect) : 'not known'} (${limits})`],
    ['Asked of you', `${asked}, by ${moment(expiresAt)}:`, ...commands],
  ];
  const what = one ? 'approve a plan' : 'two must approve a plan';
  return {
    ...messageOf(run, planned, ['approval', says], 'APPROVAL NEEDED:', facts, findings),
    asks: { what, by: expiresAt, commands },
  };
}

function outcomeMessage(run: Reported, ended: EndedRun, asking?: Asking): Notification {
  const { decision, findings, end } = ended;
  const { outcome, why } = end;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, run)
      : undefined;
  const facts = [
    ['Outcome', why] as const,
    ...(decision && decision.why !== why ? [['Decision', decision.why] as const] : []),
    ...breakerFact(run, ended),
    ...(plan ? [[whatBecameOfIt(ended), plan] as const] : []),
    ['Asked of you', asksForPeople(run, end) ? 'take over; the figures are below' : 'nothing'] as const,
    ...(asking?.lines ?? []),
  ];
  return {
    ...messageOf(run, ended, [outcome, why], `${outcome.toUpperCase()}:`, facts, findings),
    ...(asking && { asks: asksOf(run, asking) }),
  };
}

/**
 * @param news what has happened, as a code and in one sentence @param facts what is new to people who
 * know the fault
 */
const messageOf = (
  run: Reported,
  state: RunState,
  [event, says]: readonly [event: string, says: string],
  headline: string,
  facts: Parameters<typeof layout>[0]['facts'],
  findings?: Findings,
): Notification => {
  const { request, playbook, settings, notes } = run;
  const severity = severityOf(run, state);
  const about = [playbook.id, ...Object.values(state.target)].join(' ');
  // A run without evidence has none.
  const resources =
    notes.evidenceSets.length === 0 ? [] : [`s3://${settings.bucket}/evidence/${request.run}/`];
  return {
    event,
    subject: `[${event}] ${about}: ${says}`,
    incident: { id: state.incident, run: request.run, severity, about, says, resources },
    body: layout({
      headline: `${headline} ${aboutWords(playbook.id, state.target)} (${severity})`,
      facts: [...whatIsWrong(playbook.alarms, request.cause), ...facts],
      body: [
        findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? [],
        [
          `Incident ${state.incident}`,
          `Run ${request.run}; ask the dispatcher for it: {"status":"${request.run}"}`,
          `Why it did or did not act: npm run respond -- why ${request.run}`,
          ...resources.map((place) => `Evidence ${place}`),
          `Runbook section ${playbook.section}`,
          ...(state.onRecord === false ? ['The ledger is away: the record follows once it is back.'] : []),
        ],
      ],
    }),
  };
};

/** The playbook's breaker opens with this run. */
function breakerFact(
  { playbook, settings }: Reported,
  { fence, inARow = 0, end: { outcome } }: EndedRun,
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

/** Locks alone prove nothing: a guard may still have refused the sending. */
function whatBecameOfIt({ fence, end: { outcome } }: EndedRun): string {
  if (fence === undefined || outcome === 'refused') return 'Not done';
  return outcome === 'failed' ? 'What was tried' : 'What was done';
}

/**
 * A refusal needs nobody if another run is working on it, or if the run waits for a cause that is
 * being repaired. Any other refusal leaves the fault to people.
 */
function asksForPeople({ request }: Reported, { outcome, then }: RunResult): boolean {
  if (outcome === 'refused' && then?.kind === 'wait-for')
    return request.cause.kind === 'sweep' && !then.attended;
  if (outcome === 'refused') return then === undefined;
  // In shadow mode people must act.
  if (outcome === 'rehearsed') return request.mode === 'live';
  return ['escalated', 'ineffective', 'inconclusive', 'failed'].includes(outcome);
}

/** The higher of what the alarm declares and what was decided: a machine never lowers it. */
function severityOf({ severity }: Reported, { decision }: RunState): Severity {
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : decision?.kind === 'act'
        ? decision.handOff?.severity
        : undefined;
  return decided !== undefined && isMoreSevere(decided, severity) ? decided : severity;
}

const asksOf = ({ request }: Reported, { by, episode, link, command }: Asking): Asks => ({
  what: 'take over',
  ...(by !== undefined && { by }),
  ...(episode !== undefined && { episode }),
  ...(link !== undefined && { link }),
  commands: [...(command === undefined ? [] : [command]), `npm run respond -- why ${request.run}`],
});
