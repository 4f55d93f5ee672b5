import { evidencePrefix } from '../record/evidence.ts';
import { clock, deadline, dollars, list, moment, plural, shortIncident } from '../domain/words.ts';
import { limitsOf } from '../domain/limits.ts';
import type { ApprovalNeed } from './approval-need.ts';
import {
  isMoreSevere,
  planHash,
  stepForPeople,
  type Act,
  type Decision,
  type Plan,
  type Severity,
} from '../domain/decision.ts';
import type { Recipient } from '../domain/people.ts';
import type { Asking } from '../notifications/call-to-action.ts';
import type { Asks, MessageKind, Notification } from '../notifications/notification.ts';
import { aboutWords, targetWords } from '../domain/run-request.ts';
import { layout, type Fact } from '../notifications/message.ts';
import { OUTCOME_LABELS } from '../notifications/outcome-label.ts';
import { subjectFor } from '../notifications/subject.ts';
import { cameBack, inThePast, titleOf, whatIsWrong } from '../notifications/what-is-wrong.ts';
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
  // Who was asked to approve hears how it ended.
  return urgent || (theirs && asks) || playbook.finops?.includes(outcome) || ended.askedFinops
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
  const { decision, approvedBy } = granted;
  const plan = wouldDo(decision, run);
  return messageOf(run, granted, {
    event: 'acting',
    news: 'ACTING',
    says: [plan, branchWords(decision)],
    facts: [
      ['Why this plan', decision.why],
      ['Doing now', plan],
      ...(approvedBy ? [['Approved by', list(approvedBy)] as const] : []),
      ['Your next step', 'nothing; the outcome follows'],
    ],
  });
}

/** Has everything that people need to decide. */
export function approvalMessage(
  run: Reported,
  planned: Planned,
  {
    id,
    need,
    expiresAt,
    askedAt,
  }: { id: string; need: ApprovalNeed & { needed: true }; expiresAt: string; askedAt: string },
): Notification {
  const { decision, effect, findings } = planned;
  const { rows, usd, tenants } = limitsOf(run.settings.limits, run.playbook).blastRadius;
  const limits = `limits: ${plural(rows, 'row')}, ${dollars(String(usd))}, ${plural(tenants, 'tenant')}`;
  const commands = [
    `npm run respond -- approve ${id} --plan ${planHash(decision.plan).slice(0, 12)}`,
    `npm run respond -- refuse ${id} --reason "…"`,
  ];
  const one = need.people === 1;
  const who = one ? '1 person' : '2 people, and the requester is not one of them';
  const most = !effect
    ? 'impact unknown'
    : Number(effect.usd) > 0
      ? dollars(effect.usd)
      : plural(effect.rows, 'row');
  const until = `by ${clock(expiresAt).slice(0, 5)} UTC`;
  const message = messageOf(run, planned, {
    event: 'approval',
    news: [`APPROVE ${most} ${until}:`, `APPROVE ${until}:`, 'APPROVAL NEEDED'],
    says: [`${most}, ${one ? '1 person' : '2 people'}`],
    facts: [
      ['Why this plan', decision.why],
      ['What it does', wouldDo(decision, run)],
      ['Why approval', need.why],
      ['Impact', `${effect ? tellEffect(effect) : 'unknown'} (${limits})`],
      ['Undo', undoWords(decision.plan, run)],
      ['If no answer', 'nothing is done, and people are called to repair it'],
      ['So far', `0 of ${who}`],
      ['Your next step', `approve or refuse by ${deadline(expiresAt, askedAt, zoneOf(run))}:`, ...commands],
    ],
    findings,
  });
  const what = one ? 'approve a plan' : 'two must approve a plan';
  return { ...message, asks: { what, by: expiresAt, commands } };
}

function outcomeMessage(run: Reported, ended: EndedRun, asking?: Asking): Notification {
  const { decision, findings, approvedBy, end } = ended;
  const { outcome, why } = end;
  const handOff = handOffOf(ended)?.why;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, run)
      : undefined;
  const asks = asksForPeople(run, end);
  const facts: Fact[] = [
    ...(decision && decision.why !== why && (asks || outcome !== 'self-healed')
      ? [['Why', decision.why] as const]
      : []),
    ...(plan ? [[whatBecameOfIt(ended), plan] as const] : []),
    ...(approvedBy ? [['Approved by', list(approvedBy)] as const] : []),
    [
      outcome === 'escalated' && (decision === undefined || decision.why === why)
        ? 'Why'
        : OUTCOME_LABELS[outcome],
      outcome === 'refused' && asks ? `the machine may not: ${why}` : why,
    ],
    ...(asks && isUntouched(ended) ? [['The fault', 'still stands: nothing was changed'] as const] : []),
    ...breakerFact(run, ended),
    ...(handOff && !why.includes(handOff) ? [['Left to people', handOff] as const] : []),
    ['Your next step', ...nextStepOf(run, ended)],
    ...(asking?.lines ?? []),
  ];
  const message = messageOf(
    run,
    { ...ended, ...(asking && knownOf(ended, asking)) },
    { event: outcome, ...newsOf(run, ended), says: saysOf(ended), facts, findings },
  );
  return { ...message, ...(asking?.command !== undefined && { asks: asksOf(run, asking) }) };
}

/** As of the moment of sending, where the record answers. */
function knownOf({ known }: RunState, { number, severity, episode }: Asking): Pick<RunState, 'known'> {
  if (number === undefined || severity === undefined || episode === undefined) return known ? { known } : {};
  return { known: { ...known, number, severity, episode } };
}

/** `incomplete delivery`: the row of the decision table, in two or three words. */
const branchWords = ({ branch }: Decision): string => branch.replaceAll('-', ' ');

/** The news in one thought, the first that fits. */
function saysOf({ decision, end: { outcome, why, then } }: EndedRun): readonly string[] {
  switch (outcome) {
    case 'escalated':
      return decision === undefined ? [why] : [branchWords(decision)];
    case 'refused': {
      const [, guard = '', figures = why] = /^guard ([\w-]+): (.*)$/s.exec(why) ?? [];
      if (then?.kind === 'join') return ['another run works on it'];
      if (then?.kind === 'wait-for') return ['its cause comes first'];
      return [OFF[guard] ?? figures, 'the machine may not act'];
    }
    case 'rehearsed':
      return ['do it by hand'];
    case 'ineffective':
      return ['the repair did not help'];
    case 'inconclusive':
      return ['check whether it is over'];
    default:
      return [why];
  }
}

/** What its figures do not say by themselves. */
const OFF: Readonly<Record<string, string>> = {
  'kill-switch': 'the machine is switched off',
  breaker: 'the breaker is open',
};

interface Telling {
  readonly event: MessageKind;
  /** The first that fits; the last heads the text. */
  readonly news?: string | readonly string[];
  readonly isOver?: boolean;
  readonly says: readonly string[];
  /** What is new to people who know the fault. */
  readonly facts: readonly Fact[];
  readonly findings?: Findings | undefined;
}

const messageOf = (
  run: Reported,
  state: RunState,
  { event, news, isOver = false, says, facts, findings }: Telling,
): Notification => {
  const { request, playbook, settings, notes } = run;
  const severity = shownSeverity(run, state);
  const { number, lastClosedAt } = state.known ?? {};
  const about = nameOf(run, state);
  const now = titleOf(playbook.alarms, request.cause, { playbook: playbook.id, target: state.target });
  const title = isOver ? inThePast(now) : now;
  const heading = typeof news === 'string' ? news : news?.at(-1);
  const named = number === undefined ? severity : `${severity} ${shortIncident(number)}`;
  // A run without evidence has none.
  const resources =
    notes.evidenceSets.length === 0
      ? []
      : [`s3://${settings.bucket}/${evidencePrefix(request.run, request.mode)}`];
  const back = lastClosedAt === undefined ? [] : [cameBack(lastClosedAt, state.openedAt ?? lastClosedAt)];
  return {
    event,
    subject: subjectFor({ severity, number, ...(news !== undefined && { news }), title, says }),
    incident: {
      id: state.incident,
      ...(number !== undefined && { number }),
      run: request.run,
      severity,
      about,
      title,
      says: says[0] ?? '',
      resources,
    },
    body: layout({
      headline: `${named} ${(heading ?? event).toUpperCase()}: ${aboutWords(playbook.id, state.target)}`,
      facts: [...whatIsWrong(playbook.alarms, request.cause, isOver), ...back, ...facts],
      body: [
        findings === undefined || findings.told.length === 0
          ? []
          : [
              `Checked at ${moment(findings.at)}${state.fence === undefined ? '' : ', before acting'}:`,
              ...findings.told.map(({ question, tell }) => `- ${question} ${tell}`),
            ],
        [
          `Incident ${state.incident}`,
          `Run ${request.run}`,
          `Why it did or did not act: npm run respond -- why ${request.run}`,
          ...resources.map((place) => `Evidence ${place}`),
          `Runbook: docs/runbook.md, ${playbook.section}`,
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

const zoneOf = ({ settings }: Pick<Reported, 'settings'>): string => settings.limits.freeze.zone;

/** What has happened, in capitals; nothing where the fault itself is the news. */
function newsOf(run: Reported, ended: EndedRun): Pick<Telling, 'news' | 'isOver'> {
  const { decision, end } = ended;
  const row = decision && run.playbook.branches[decision.branch];
  switch (end.outcome) {
    case 'escalated':
      return {};
    case 'ineffective':
      return { news: 'STILL BROKEN' };
    case 'inconclusive':
      return { news: 'NOT PROVEN' };
    case 'refused':
    case 'rehearsed':
      return { news: asksForPeople(run, end) ? 'ACTION NEEDED' : 'WAITS' };
    case 'resolved':
    case 'self-healed':
      return {
        news: ((end.outcome === 'self-healed' && row?.insteadOfHealed) || end.outcome).toUpperCase(),
        isOver: true,
      };
    default:
      return { news: end.outcome.toUpperCase() };
  }
}

/** Why a plan's changes can't be undone, or that they can. */
function undoWords(plan: Plan, { playbook }: Reported): string {
  const fixed = irreversible(plan, playbook);
  return fixed.length === 0 ? 'possible, with npm run respond -- undo' : fixed.join(' ');
}

const irreversible = (plan: Plan, { actions }: Reported['playbook']): readonly string[] =>
  plan.flatMap(({ action }) => {
    const undo = actions.find(({ name }) => name === action)?.undo;
    return undo && 'irreversible' in undo ? [`${action} can't be undone: ${undo.irreversible}`] : [];
  });

type Step = readonly [says: string, ...commands: string[]];

/** What the table's row leaves to people; otherwise what follows from the outcome, with the command that does it. */
function nextStepOf(run: Reported, { decision, end, fence }: EndedRun): Step {
  const { outcome, then } = end;
  if (!asksForPeople(run, end)) {
    if (then?.kind === 'next')
      return [`nothing here: ${targetWords(then.target)} is next, and has an incident of its own`];
    if (then?.kind === 'join') return [`nothing: run ${then.run} is working on it`];
    return [then === undefined ? 'nothing' : 'nothing: the cause is being repaired'];
  }
  const { request, playbook } = run;
  const row = decision && stepForPeople(playbook.branches[decision.branch]?.then ?? '');
  if (outcome === 'escalated' && row !== undefined) return [row];
  const handedOver = decision?.kind === 'act' && decision.handOff && request.cause.kind !== 'undo';
  if (outcome === 'escalated' && handedOver && fence !== undefined)
    return ['decide on what is left to people, above; the rest is done'];
  if (outcome === 'rehearsed' || outcome === 'refused' || (decision?.kind === 'act' && fence === undefined))
    return notDoneStep(run, decision, end);
  const retry = `npm run respond -- retry ${request.run} --reason "…"`;
  switch (outcome) {
    case 'ineffective':
      return decision?.kind === 'act' && irreversible(decision.plan, playbook).length === 0
        ? [
            'find out why it did not help, and repair it by hand; to roll it back:',
            `npm run respond -- undo ${request.run} --reason "…"`,
          ]
        : ['find out why it did not help, and repair it by hand: the machine does not try again'];
    case 'inconclusive':
      return ['check whether the fault is gone; the alarm or the figures do not show it yet'];
    case 'failed':
      return fence === undefined
        ? ['find the cause above, then let the machine try again:', retry]
        : ['check what was changed, and complete it by hand; then let the machine try again:', retry];
    default:
      return [`find the cause, and repair it by hand: docs/runbook-by-hand.md, ${playbook.section}`];
  }
}

/** The machine may not: what to do by hand, or how to let it. */
function notDoneStep(
  { request, playbook }: Reported,
  decision: Decision | undefined,
  { outcome, why, lookAgainAt }: RunResult,
): Step {
  const { id, section } = playbook;
  const place = `docs/runbook-by-hand.md, ${section}`;
  const byHand = `${decision?.kind === 'act' ? 'carry out the plan by hand' : 'find the cause, and repair it by hand'} (${place})`;
  const reason = '--reason "…"';
  if (outcome === 'rehearsed')
    return [
      `${byHand}: ${id} is in shadow mode, and changes nothing. To let it act with approval:`,
      `npm run respond -- trust ${id} approve ${reason}`,
    ];
  const guard = /^guard ([\w-]+): /.exec(why)?.[1];
  const retry = `npm run respond -- retry ${request.run} ${reason}`;
  if (lookAgainAt !== undefined)
    return [`the machine tries again after ${moment(lookAgainAt)}; if that is too late, ${byHand}`];
  switch (guard) {
    case undefined:
      return [`${byHand}; or let the machine check again:`, retry];
    case 'period-open':
      return [`the month is closed, and nothing may change it: write a correction by hand (${place})`];
    case 'kill-switch':
      return [`${byHand}; or let the machine act again:`, `npm run respond -- resume ${id} ${reason}`, retry];
    case 'breaker':
      return [`${byHand}; or let the machine act again:`, `npm run respond -- reset ${id} ${reason}`, retry];
    default:
      return [`${byHand}; or, once the reason above is gone, let the machine retry:`, retry];
  }
}

const handOffOf = ({ decision }: Pick<RunState, 'decision'>): Act['handOff'] =>
  decision?.kind === 'act' ? decision.handOff : undefined;

/** Locks alone prove nothing: a guard may still have refused the sending. */
const isUntouched = ({ fence, end: { outcome } }: EndedRun): boolean =>
  fence === undefined || outcome === 'refused';

function whatBecameOfIt(ended: EndedRun): string {
  if (isUntouched(ended)) return 'Not done';
  return ended.end.outcome === 'failed' ? 'What was tried' : 'What was done';
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

/** Of the whole incident, so that no two of its messages contradict each other. */
function shownSeverity(run: Reported, state: RunState): Severity {
  const own = severityOf(run, state);
  const { severity } = state.known ?? {};
  return severity !== undefined && isMoreSevere(severity, own) ? severity : own;
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

const asksOf = ({ request }: Reported, { by, episode, link, shortLink, command }: Asking): Asks => ({
  what: 'acknowledge',
  ...(by !== undefined && { by }),
  ...(episode !== undefined && { episode }),
  ...(link !== undefined && { link }),
  ...(shortLink !== undefined && { shortLink }),
  commands: [...(command === undefined ? [] : [command]), `npm run respond -- why ${request.run}`],
});
