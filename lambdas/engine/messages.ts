import type { Settings } from '../platform/settings.ts';
import { limitsOf } from '../domain/limits.ts';
import type { ApprovalNeed } from './approval-need.ts';
import { isMoreSevere, planHash, type Severity } from '../domain/decision.ts';
import type { Recipient } from '../domain/people.ts';
import type { Asking } from '../notifications/call-to-action.ts';
import type { Asks, Notification } from '../notifications/notification.ts';
import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import type { Cause } from '../domain/run-request.ts';
import { tellEffect, wouldDo, type Course, type Ending } from './course.ts';

export interface Topic {
  readonly name: Recipient;
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
  const sre: Topic = { name: 'sre', arn: settings.topics.sre };
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
    incident: incidentPart(course, 'acting', settings),
    body: [
      `ACTING on ${about(course)}`,
      '',
      ...wrongLines(course.playbook, course.request.cause),
      `Why this plan:  ${decision?.why ?? ''}`,
      `What is done:   ${plan}`,
      `Asked of you:   nothing; the outcome follows`,
      '',
      ...references(course, settings),
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
  const { rows, usd, tenants } = limitsOf(settings.limits, playbook).blastRadius;
  const hash = decision?.kind === 'act' ? planHash(decision.plan) : '';
  const commands = [
    `npm run respond -- approve ${id} --plan ${hash.slice(0, 12)}`,
    `npm run respond -- refuse ${id} --reason "…"`,
  ];
  const asked = need.people === 1 ? 'one of you' : 'two of you, neither of whom asked for it';
  return {
    subject: subjectOf(
      course,
      'approval',
      `${need.people === 1 ? 'one person' : 'two people'} until ${expiresAt}`,
    ),
    incident: incidentPart(course, 'approval', settings),
    asks: { what: need.people === 1 ? 'approve a plan' : 'two must approve a plan', by: expiresAt, commands },
    body: [
      `APPROVAL NEEDED: ${about(course)}`,
      '',
      ...wrongLines(course.playbook, course.request.cause),
      `Why this plan:  ${decision?.why ?? ''}`,
      `What it does:   ${decision ? wouldDo(decision, playbook, settings) : ''}`,
      `Why you:        ${need.why}`,
      `Foreseen:       ${effect ? tellEffect(effect) : 'not known'} (limits ${rows} rows, ${usd} USD, ${tenants} tenants)`,
      `Asked of you:   ${asked}, by ${expiresAt}:`,
      ...commands.map((line) => `  ${line}`),
      '',
      ...seenLines(findings),
      '',
      ...references(course, settings),
    ].join('\n'),
  };
}

/** @param asking what is asked of whoever reads it, where anything is */
export function outcomeMessage(
  course: Course,
  ending: Ending,
  settings: Settings,
  asking?: Asking,
): Notification {
  const { decision, findings } = course;
  const plan =
    decision && 'plan' in decision && decision.plan
      ? wouldDo({ ...decision, kind: 'act', plan: decision.plan }, course.playbook, settings)
      : undefined;
  return {
    subject: subjectOf(course, ending.outcome, ending.why),
    incident: incidentPart(course, ending.outcome, settings),
    ...(asking && { asks: asksOf(course, asking) }),
    body: [
      `${ending.outcome.toUpperCase()}: ${about(course)}`,
      '',
      ...wrongLines(course.playbook, course.request.cause),
      `Outcome:        ${ending.why}`,
      ...(decision && decision.why !== ending.why ? [`Decision:       ${decision.why}`] : []),
      ...breakerLine(course, ending, settings),
      ...(plan ? [`${whatBecameOfIt(course, ending)}${plan}`] : []),
      `Asked of you:   ${asksForPeople(course, ending) ? 'take over; the figures are below' : 'nothing'}`,
      ...(asking?.lines ?? []),
      '',
      ...seenLines(findings),
      '',
      ...references(course, settings),
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
  const after = limitsOf(limits, playbook).breakerAfter;
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
export function asksForPeople({ request }: Course, { outcome, joinedRun, waitsFor }: Ending): boolean {
  if (outcome === 'refused' && waitsFor) return request.cause.kind === 'sweep' && !waitsFor.attended;
  if (outcome === 'refused') return joinedRun === undefined;
  // In the shadow the machine only watches.
  if (outcome === 'rehearsed') return request.mode === 'live';
  return ['escalated', 'ineffective', 'inconclusive', 'failed'].includes(outcome);
}

/** The more severe of what the alarm declares and what was decided: a machine never lowers it. */
export function severityOf({ decision, opening }: Course): Severity {
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : ((decision?.kind === 'act' ? decision.handOff?.severity : undefined) ?? opening.severity);
  return isMoreSevere(decided, opening.severity) ? decided : opening.severity;
}

const subjectOf = (course: Course, what: string, detail: string): string =>
  `[${what}] ${shortly(course)}: ${detail}`;

const shortly = ({ playbook, opening }: Course): string =>
  [playbook.id, ...Object.values(opening.target)].join(' ');

const incidentPart = (
  course: Course,
  event: string,
  settings: Settings,
): NonNullable<Notification['incident']> => ({
  ...{ id: course.incident, event, severity: severityOf(course), about: shortly(course) },
  resources: evidenceOf(course, settings),
});

const asksOf = ({ request }: Course, { by, episode, link, command }: Asking): Asks => ({
  what: 'take over',
  ...(by !== undefined && { by }),
  ...(episode !== undefined && { episode }),
  ...(link !== undefined && { link }),
  commands: [...(command === undefined ? [] : [command]), `npm run respond -- why ${request.run}`],
});

function about(course: Course): string {
  const target = Object.entries(course.opening.target).map(([key, value]) => `${key} ${value}`);
  return `${[course.playbook.id, ...target].join(', ')} (${severityOf(course)})`;
}

/** First what it means to the business, then the alarm's own words. */
export function wrongLines({ alarms }: Pick<AnyPlaybook, 'alarms'>, cause: Cause): string[] {
  const cased = tellCause(cause);
  if (cause.kind !== 'alarm' && cause.kind !== 'sweep') return [`What is wrong:  ${cased}`];
  const meaning = alarms.find(({ name }) => name === cause.alarm.name)?.description;
  return meaning === undefined
    ? [`What is wrong:  ${cased}`]
    : [`What is wrong:  ${meaning}`, `Known by:       ${cased}`];
}

/** Why a run was started, for people. */
function tellCause(cause: Cause): string {
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

const seenLines = (findings: Course['findings']): string[] =>
  findings?.told.map(({ question, tell }) => `- ${question} ${tell}`) ?? [];

/** Of a run that has looked at nothing there is none. */
const evidenceOf = ({ request, phases }: Course, { bucket }: Settings): string[] =>
  phases.length === 0 ? [] : [`s3://${bucket}/evidence/${request.run}/`];

const references = (course: Course, settings: Settings): string[] => [
  `Incident ${course.incident}`,
  `Run ${course.request.run}; ask the dispatcher for it: {"status":"${course.request.run}"}`,
  `Why it did or did not act: npm run respond -- why ${course.request.run}`,
  ...evidenceOf(course, settings).map((place) => `Evidence ${place}`),
  `Runbook section ${course.playbook.section}`,
];
