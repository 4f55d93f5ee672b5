import type { Settings } from '../settings.ts';
import { limitsOf } from '../limits.ts';
import type { ApprovalNeed } from './approval-need.ts';
import { planHash, SEVERITIES, type Severity } from './decision.ts';
import type { Notification } from '../notify/notify.ts';
import type { Cause } from './request.ts';
import { tellEffect, wouldDo, type Course, type Ending } from './course.ts';

export interface Topic {
  readonly name: string;
  readonly arn: string;
}

const isLedgerAway = ({ guards }: Course): boolean =>
  guards.some(({ guard, answer }) => guard === 'ledger' && answer === 'refuse');

/** Who is told of an ending: SRE always, FinOps of what they must know at once. A rehearsal tells nobody. */
export function topicsOf(course: Course, ending: Ending, settings: Settings): Topic[] {
  const { request, playbook } = course;
  if (request.mode === 'dry-run') return [];
  // Waiting on is no news.
  if (request.cause.kind === 'sweep' && ending.waitsFor?.attended) return [];
  if (request.cause.kind === 'recovery')
    return isOver(ending) ? [{ name: 'sre', arn: settings.topics.sre }] : [];
  // An alarm that flutters comes back and heals: people have heard so the first time, and the daily report counts the others.
  if (ending.outcome === 'self-healed' && (course.episode ?? 1) > 1) return [];
  // Of those that join an incident and ask nothing, its escalation tells in one message that counts them.
  if (course.joined && ending.outcome === 'refused' && !asksForPeople(course, ending)) return [];
  const sre = { name: 'sre', arn: settings.topics.sre };
  const grave = severityOf(course) === 'SEV-1' && asksForPeople(course, ending);
  return grave || playbook.finops?.includes(ending.outcome)
    ? [sre, { name: 'finops', arn: settings.topics.finops }]
    : [sre];
}

const isOver = ({ outcome }: Ending): boolean => outcome === 'self-healed';

export function actingMessage(course: Course, settings: Settings): Notification {
  const { decision } = course;
  const plan = decision ? wouldDo(decision, course.playbook, settings) : 'nothing';
  return {
    subject: subjectOf(course, 'acting', plan),
    body: [
      `ACTING on ${about(course)}`,
      '',
      `What is wrong:  ${causeOf(course)}`,
      `Why this plan:  ${decision?.why ?? ''}`,
      `What is done:   ${plan}`,
      `Asked of you:   nothing; the outcome follows`,
      '',
      ...references(course),
    ].join('\n'),
  };
}

/** What people are asked to approve of: everything that they need to decide stands in it. */
export function approvalMessage(
  course: Course,
  { id, need, expiresAt }: { id: string; need: ApprovalNeed & { needed: true }; expiresAt: string },
  settings: Settings,
): Notification {
  const { decision, effect, findings, playbook } = course;
  const { rows, usd, tenants } = limitsOf(settings.limits, playbook.id).blastRadius;
  const hash = decision?.kind === 'act' ? planHash(decision.plan) : '';
  return {
    subject: subjectOf(
      course,
      'approval',
      `${need.people === 1 ? 'one person' : 'two people'} until ${expiresAt}`,
    ),
    body: [
      `APPROVAL NEEDED: ${about(course)}`,
      '',
      `What is wrong:  ${causeOf(course)}`,
      `Why this plan:  ${decision?.why ?? ''}`,
      `What it does:   ${decision ? wouldDo(decision, playbook, settings) : ''}`,
      `Why you:        ${need.why}`,
      `Foreseen:       ${effect ? tellEffect(effect) : 'not known'} (limits ${rows} rows, ${usd} USD, ${tenants} tenants)`,
      `Asked of you:   ${need.people === 1 ? 'one of you' : 'two of you, neither of whom asked for it'}, by ${expiresAt}:`,
      `  npm run respond -- approve ${id} --plan ${hash.slice(0, 12)}`,
      `  npm run respond -- refuse ${id} --reason "…"`,
      '',
      ...(findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? []),
      '',
      ...references(course),
    ].join('\n'),
  };
}

export function outcomeMessage(course: Course, ending: Ending, settings: Settings): Notification {
  const { decision, findings } = course;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, course.playbook, settings)
      : undefined;
  return {
    subject: subjectOf(course, ending.outcome, ending.why),
    body: [
      `${ending.outcome.toUpperCase()}: ${about(course)}`,
      '',
      `What is wrong:  ${causeOf(course)}`,
      `Outcome:        ${ending.why}`,
      ...(decision && decision.why !== ending.why ? [`Decision:       ${decision.why}`] : []),
      ...breakerLine(course, ending, settings),
      ...(plan ? [`${whatBecameOfIt(course, ending)}${plan}`] : []),
      `Asked of you:   ${asksForPeople(course, ending) ? 'take over; the figures are below' : 'nothing'}`,
      '',
      ...(findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? []),
      '',
      ...references(course),
      ...(isLedgerAway(course) ? ['The ledger is away: the record follows once it is back.'] : []),
    ].join('\n'),
  };
}

/** By this run the playbook's breaker opens. */
function breakerLine(
  { granted, inARow = 0, playbook }: Course,
  { outcome }: Ending,
  { limits }: Settings,
): string[] {
  const after = limitsOf(limits, playbook.id).breakerAfter;
  if (!granted || (outcome !== 'ineffective' && outcome !== 'failed') || inARow + 1 < after) return [];
  return [
    `Breaker:        open: ${inARow + 1} plans of ${playbook.id} in a row did not help; it acts no more until you say so:`,
    `  npm run respond -- reset ${playbook.id} --reason "…"`,
  ];
}

/** Of the plan. A lock alone says nothing: right before the sending it may still be refused. */
function whatBecameOfIt({ granted }: Course, { outcome }: Ending): string {
  if (!granted || outcome === 'refused') return 'Not done:       ';
  return outcome === 'failed' ? 'What was tried: ' : 'What was done:  ';
}

/**
 * A refusal because another run is at work asks nothing of anybody, nor does one that waits for its cause to be
 * repaired, unless nobody has begun on that by the next sweep. Any other leaves the fault to people.
 */
function asksForPeople({ request }: Course, { outcome, joinedRun, waitsFor }: Ending): boolean {
  if (outcome === 'refused' && waitsFor) return request.cause.kind === 'sweep' && !waitsFor.attended;
  if (outcome === 'refused') return joinedRun === undefined;
  // In the shadow the machine only watches.
  if (outcome === 'rehearsed') return request.mode === 'live';
  return ['escalated', 'ineffective', 'inconclusive', 'failed'].includes(outcome);
}

/** The more severe of what the alarm declares and what was decided: a machine never lowers it. */
function severityOf({ decision, opening }: Course): Severity {
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : ((decision?.kind === 'act' ? decision.rest?.severity : undefined) ?? opening.severity);
  return SEVERITIES.indexOf(decided) < SEVERITIES.indexOf(opening.severity) ? decided : opening.severity;
}

function subjectOf(course: Course, what: string, detail: string): string {
  const subject = [course.playbook.id, ...Object.values(course.opening.target)].join(' ');
  return `[${what}] ${subject}: ${detail}`;
}

function about(course: Course): string {
  const target = Object.entries(course.opening.target).map(([key, value]) => `${key} ${value}`);
  return `${[course.playbook.id, ...target].join(', ')} (${severityOf(course)})`;
}

const causeOf = ({ request }: Course): string => tellCause(request.cause);

/** Why a run was started, for people. */
export function tellCause(cause: Cause): string {
  switch (cause.kind) {
    case 'alarm':
      return `alarm ${cause.alarm.name} since ${cause.alarm.changedAt}: ${cause.alarm.reason}`;
    case 'sweep':
      return `alarm ${cause.alarm.name} is still in ALARM since ${cause.alarm.changedAt}: ${cause.alarm.reason}`;
    case 'recovery':
      return `incident ${cause.incident} is open, and none of its alarms stands any more`;
    case 'manual':
      return `asked for by ${cause.by}: ${cause.reason}`;
    case 'undo':
      return `run ${cause.of} was ineffective, and ${cause.by} has it undone: ${cause.reason}`;
    case 'replay':
      return `replay of ${cause.of}, asked for by ${cause.by}: ${cause.reason}`;
  }
}

const references = ({ request, incident, playbook }: Course): string[] => [
  `Incident ${incident}`,
  `Run ${request.run}; ask the dispatcher for it: {"status":"${request.run}"}`,
  `Why it did or did not act: npm run respond -- why ${request.run}`,
  `Runbook section ${playbook.section}`,
];
