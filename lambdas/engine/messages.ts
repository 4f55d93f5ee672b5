import { evidencePrefix } from '../record/evidence.ts';
import { clock, dollars, moment, plural } from '../domain/words.ts';
import { limitsOf } from '../domain/limits.ts';
import type { ApprovalNeed } from './approval-need.ts';
import {
  isMoreSevere,
  planHash,
  stepForPeople,
  type Act,
  type Plan,
  type Severity,
} from '../domain/decision.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Recipient } from '../domain/people.ts';
import type { Asking } from '../notifications/call-to-action.ts';
import type { Asks, Notification } from '../notifications/notification.ts';
import { aboutWords, targetWords } from '../domain/run-request.ts';
import { layout, type Fact } from '../notifications/message.ts';
import { subjectFor } from '../notifications/subject.ts';
import { whatIsWrong } from '../notifications/what-is-wrong.ts';
import { tellEffect, wouldDo } from './plans.ts';
import type { RunContext } from './run-context.ts';
import { checkedBy } from './news.ts';
import { parseFinding, type Findings } from './run-probes.ts';
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
  // Tried again, and people know how that ends; or it is tried again by itself.
  if ('slot' in request.cause && (endsAsBefore(run, ended) || isOnlyPutOff(ended))) return [];
  if (request.cause.kind === 'recovery') return outcome === 'self-healed' ? [sre] : [];
  // A flapping alarm: people heard of it the first time, and the daily report counts the others.
  if (outcome === 'self-healed' && (ended.episode ?? 1) > 1) return [];
  // Runs that join an incident and need nobody are counted in one message of its escalation.
  const asks = asksForPeople(run, ended.end);
  if (ended.joined && outcome === 'refused' && !asks) return [];
  const urgent = severityOf(run, ended) === 'SEV-1' && asks;
  // What FinOps must decide on waits for them, however the rest ended.
  const theirs = ended.decision?.finops ?? (handOffOf(ended) && playbook.finops?.includes('escalated'));
  return urgent || (theirs && asks) || playbook.finops?.includes(outcome)
    ? [sre, { name: 'finops', arn: settings.topics.finops }]
    : [sre];
}

/** A run that changed nothing ended as the one before it, about the same. */
function endsAsBefore({ playbook }: Reported, { last, decision, findings, fence, end }: EndedRun): boolean {
  if (!last || last.outcome !== end.outcome || fence !== undefined) return false;
  if (!decision || !findings) return last.concerns === null;
  const { concerns, repeats } = checkedBy(playbook, parseFinding(playbook, findings.finding), decision);
  return repeats || (last.concerns !== null && concerns.every((one) => last.concerns?.includes(one)));
}

/** Refused until a known moment, in an incident of which people know. */
const isOnlyPutOff = ({ joined, last, end: { outcome, lookAgainAt } }: EndedRun): boolean =>
  joined === true && last !== undefined && outcome === 'refused' && lookAgainAt !== undefined;

export function actingMessage(run: Reported, granted: Granted): Notification {
  const { decision } = granted;
  const plan = wouldDo(decision, run);
  return messageOf(run, granted, ['acting', plan], 'ACTING on', [
    ['Why this plan', decision.why],
    ['What is done', plan],
    ['Your next step', 'nothing; the outcome follows'],
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
  const limits = `limits: ${plural(rows, 'row')}, ${dollars(String(usd))}, ${plural(tenants, 'tenant')}`;
  const commands = [
    `npm run respond -- approve ${id} --plan ${planHash(decision.plan).slice(0, 12)}`,
    `npm run respond -- refuse ${id} --reason "…"`,
  ];
  const one = need.people === 1;
  const asked = one ? '' : '; two people must approve, and the requester is not one of them';
  const most = !effect
    ? 'impact unknown'
    : Number(effect.usd) > 0
      ? dollars(effect.usd)
      : plural(effect.rows, 'row');
  const says = `${most}; ${one ? '1 person' : '2 people'} by ${moment(expiresAt)}`;
  const facts: Fact[] = [
    ['Why this plan', decision.why],
    ['What it does', wouldDo(decision, run)],
    ['Why approval', need.why],
    ['Impact', `${effect ? tellEffect(effect) : 'unknown'} (${limits})`],
    ['Undo', undoWords(decision.plan, run)],
    ['If no answer', 'nothing is done, and people are called to take over'],
    ['Your next step', `approve or refuse by ${moment(expiresAt)}${asked}:`, ...commands],
  ];
  const what = one ? 'approve a plan' : 'two must approve a plan';
  const message = messageOf(run, planned, ['approval', says], 'APPROVAL NEEDED:', facts, findings);
  const by = `by ${clock(expiresAt).slice(0, 5)} UTC`;
  return {
    ...message,
    subject: subjectFor({
      severity: severityOf(run, planned),
      news: 'approve',
      about: `${nameOf(run, planned)} ${by}`,
      says: most,
    }),
    asks: { what, by: expiresAt, commands },
  };
}

function outcomeMessage(run: Reported, ended: EndedRun, asking?: Asking): Notification {
  const { decision, findings, end } = ended;
  const { outcome, why } = end;
  const handOff = handOffOf(ended)?.why;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, run)
      : undefined;
  const facts = [
    ['Outcome', why] as const,
    ...(decision && decision.why !== why ? [['Why', decision.why] as const] : []),
    ...breakerFact(run, ended),
    ...(plan ? [[whatBecameOfIt(ended), plan] as const] : []),
    ...(handOff && !why.includes(handOff) ? [['Left to people', handOff] as const] : []),
    ['Your next step', nextStepOf(run, ended)] as const,
    ...(asking?.lines ?? []),
  ];
  return {
    ...messageOf(run, ended, [outcome, why], `${newsOf(run, ended).toUpperCase()}:`, facts, findings),
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
  const about = nameOf(run, state);
  // A run without evidence has none.
  const resources =
    notes.evidenceSets.length === 0
      ? []
      : [`s3://${settings.bucket}/${evidencePrefix(request.run, request.mode)}`];
  return {
    event,
    subject: subjectFor({ severity, news: headline.replace(/:| on$/, ''), about, says }),
    incident: { id: state.incident, run: request.run, severity, about, says, resources },
    body: layout({
      headline: `${headline} ${aboutWords(playbook.id, state.target)} (${severity})`,
      facts: [...whatIsWrong(playbook.alarms, request.cause), ...facts],
      body: [
        findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? [],
        [
          `Incident ${state.incident}`,
          `Run ${request.run}`,
          `Why it did or did not act: npm run respond -- why ${request.run}`,
          ...resources.map((place) => `Evidence ${place}`),
          `Runbook section ${playbook.section}`,
          ...(state.onRecord === false
            ? ['The ledger is unavailable. The run is recorded as soon as it answers.']
            : []),
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
      `opened: ${inARow + 1 === 1 ? `a plan of ${playbook.id}` : `${inARow + 1} plans of ${playbook.id} in a row`} did not help. It acts again once you reset it:`,
      `npm run respond -- reset ${playbook.id} --reason "…"`,
    ],
  ];
}

/** `cur-freshness 2026-11` */
const nameOf = ({ playbook }: Pick<Reported, 'playbook'>, { target }: RunState): string =>
  [playbook.id, ...Object.values(target)].join(' ');

/** The outcome, but for a live run in shadow mode what it means to people. */
const newsOf = ({ request, playbook }: Reported, { decision, end: { outcome } }: EndedRun): string => {
  if (outcome === 'rehearsed' && request.mode === 'live') return 'action needed';
  const row = decision && playbook.branches[decision.branch];
  return (outcome === 'self-healed' && row?.insteadOfHealed) || outcome;
};

/** Why a plan's changes can't be undone, or that they can. */
function undoWords(plan: Plan, { playbook }: Reported): string {
  const fixed = plan.flatMap(({ action }) => {
    const undo = playbook.actions.find(({ name }) => name === action)?.undo;
    return undo && 'irreversible' in undo ? [`${action} can't be undone: ${undo.irreversible}`] : [];
  });
  return fixed.length === 0 ? 'possible, with npm run respond -- undo' : fixed.join(' ');
}

/** What the table's row leaves to people; otherwise what follows from the outcome. */
function nextStepOf(run: Reported, { decision, end, fence }: EndedRun): string {
  const { outcome, then } = end;
  if (!asksForPeople(run, end)) {
    if (then?.kind === 'next')
      return `nothing here: ${targetWords(then.target)} is next, and has an incident of its own`;
    if (then?.kind === 'join') return `nothing: run ${then.run} is working on it`;
    return then === undefined ? 'nothing' : 'nothing: the cause is being repaired';
  }
  const row = decision && stepForPeople(run.playbook.branches[decision.branch]?.then ?? '');
  if (outcome === 'escalated' && row !== undefined) return row;
  const handedOver = decision?.kind === 'act' && decision.handOff && run.request.cause.kind !== 'undo';
  if (outcome === 'escalated' && handedOver && fence !== undefined)
    return 'decide on what is left to you; the rest is done';
  if (outcome === 'rehearsed')
    return decision?.kind === 'act'
      ? `carry out the plan by hand: ${run.playbook.id} is in shadow mode, and changes nothing`
      : `take over: ${run.playbook.id} is in shadow mode, and changes nothing`;
  if (decision?.kind === 'act' && (fence === undefined || outcome === 'refused'))
    return 'take over: the plan was not carried out; the figures are below';
  return TAKE_OVER[outcome] ?? 'take over; the figures are below';
}

const handOffOf = ({ decision }: Pick<RunState, 'decision'>): Act['handOff'] =>
  decision?.kind === 'act' ? decision.handOff : undefined;

const TAKE_OVER: { readonly [O in Outcome]?: string } = {
  ineffective: 'take over: the plan was carried out, and the fault is still there',
  inconclusive: 'take over: check whether the fault is gone; the figures are below',
  failed: 'take over: check what was changed; the figures are below',
};

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
  if (then?.kind === 'next') return false;
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
