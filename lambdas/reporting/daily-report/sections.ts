import { dollars, duration, plural } from '../../domain/words.ts';
import { messageName } from '../../domain/escalation-message.ts';
import type { Settings } from '../../platform/settings.ts';
import { clockIn } from '../../platform/calendar.ts';
import { backlogOf, isAmong, type Incident, type ReportFigures } from './figures.ts';

/** The text prints it as lines, the page as a table. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What the figures mean. */
  readonly note?: string;
  /** Too wide for half a screen. */
  readonly wide?: boolean;
  /** Its sum stands at the head of the page: the page shows the rest when asked. */
  readonly folded?: boolean;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Shown instead of rows. */
  readonly empty: string;
}

type Make = (figures: ReportFigures, told: Told) => Section;
export interface Told {
  readonly settings: Pick<Settings, 'people' | 'prices'>;
}

export const NOT_KNOWN = 'unknown';
const times = (seconds: number | null): string => (seconds === null ? '–' : duration(seconds));
const named = ({ incident, episode }: { incident: string; episode: number }): string =>
  episode === 1 ? incident : `${incident}, episode ${episode}`;

const CLOSED_BY = {
  machine: 'the machine',
  itself: 'itself: the fault went away',
  called: 'people: they had been called, and then the fault was gone',
  people: 'people',
} as const;

const severities: Make = ({ severities }) => ({
  id: 'severities',
  title: 'Incidents by severity',
  note: 'Open is as of the day’s end. Times are medians: to acknowledge over those acknowledged that day, to repair over those closed that day.',
  columns: ['Severity', 'Opened', 'Open', 'Closed', 'To acknowledge', 'To repair'],
  folded: true,
  rows: severities
    .filter(({ opened, open, closed }) => opened + open + closed > 0)
    .map((one) => [
      one.severity,
      ...[one.opened, one.open, one.closed].map(String),
      ...[one.medianToAcknowledge, one.medianToRepair].map(times),
    ]),
  empty: 'None was open.',
});

const incidents: Make = ({ incidents: all, day, now }) => ({
  id: 'incidents',
  wide: true,
  title: 'Each incident',
  note: 'Fault: how long the business has had it, where the alarm measures an age: costs that are four days old were missed for four days.',
  columns: ['Incident', 'Playbook, target', 'Opened', 'Acknowledged', 'Closed', 'Fault'],
  rows: all.map((one) => [
    `${one.severity} ${named(one)}`,
    `${one.playbook}, ${one.target}`,
    clockIn(day.zone)(one.openedAt),
    acknowledged(one, now),
    one.closedBy === null
      ? `open for ${duration(one.ageSeconds)}${isAmong(now.closedSince, one) ? '; closed since' : ''}`
      : `after ${times(one.secondsToRepair)}, by ${CLOSED_BY[one.closedBy]}`,
    times(one.faultSeconds),
  ]),
  empty: 'No incident was open that day.',
});

const acknowledged = (one: Incident, now: ReportFigures['now']): string =>
  one.acknowledgedAt === null
    ? `by nobody${isAmong(now.acknowledgedSince, one) ? '; acknowledged since' : ''}`
    : `after ${times(one.secondsToAcknowledge)}, by ${one.acknowledgedBy ?? NOT_KNOWN}`;

const backlog: Make = (figures) => ({
  id: 'backlog',
  wide: true,
  title: 'Backlog',
  note: 'SEV-3 (tracked here) and SEV-4 (maintenance) that were open at the day’s end, the oldest first.',
  columns: ['Age', 'Incident', 'Playbook, target', 'Acknowledged'],
  rows: backlogOf(figures).map((one) => [
    duration(one.ageSeconds),
    `${one.severity} ${named(one)}`,
    `${one.playbook}, ${one.target}`,
    acknowledged(one, figures.now),
  ]),
  empty: 'Nothing is left over.',
});

const runs: Make = ({ runs: all, atWork }) => ({
  id: 'runs',
  title: 'Runs',
  note: `Runs that ended that day. At work at its end: ${atWork}.`,
  folded: true,
  columns: ['Playbook', 'Outcome', 'Runs'],
  rows: all.map(({ playbook, mode, outcome, count }) => [
    playbook,
    mode === 'live' ? outcome : `${outcome} (dry run)`,
    String(count),
  ]),
  empty: 'No run ended that day.',
});

const KINDS = { reconciliation: 'failed reconciliation', invoice: 'unpaid invoice' } as const;

const blocked: Make = ({ now: { blocked: all } }) => ({
  id: 'blocked',
  title: 'Money that waits',
  note: 'As of writing: what cannot be billed while a reconciliation stands failed, and what is missing of invoices that are paid in part, or unpaid for 30 days.',
  columns: ['Of', 'What', 'Waits'],
  rows: [
    ...(all?.items ?? []).map(({ kind, what, usd }) => [KINDS[kind], what, dollars(usd)]),
    ...(all && all.count > 1 ? [[`All ${all.count}`, '', dollars(all.usd)]] : []),
  ],
  empty:
    all === null ? 'Unknown: the report’s login may not read Commercial-Ops’ tables.' : 'No money waits.',
});

const toDate: Make = ({ toDate: { week, month } }) => ({
  id: 'to-date',
  title: 'Week and month to date',
  columns: ['Span', 'Opened', 'Closed', 'Runs resolved', 'Repaired'],
  rows: (
    [
      ['Week', week],
      ['Month', month],
    ] as const
  ).map(([name, span]) => [
    name,
    String(span.opened),
    `${span.closed}: ${span.byMachine} by the machine, ${span.byPeople} by people`,
    `${span.resolved} of ${span.runs}`,
    dollars(span.repaired),
  ]),
  empty: '',
});

export const MONEY_MEANS =
  'At risk is what the plans that were decided on that day foresaw to charge, settle or distribute again, at most. ' +
  'Repaired is the part of it whose plan was carried out and proven: its run ended resolved. Of several runs on one ' +
  'target the greatest counts, once. Two playbooks may foresee the same money. Plans whose money nobody foresaw are in neither.';

const money: Make = ({ money: { byPlaybook, atRisk, repaired } }) => ({
  id: 'money',
  title: 'Money',
  note: MONEY_MEANS,
  columns: ['Playbook', 'Plans', 'At risk', 'Repaired', 'Not foreseen'],
  rows: [
    ...byPlaybook.map((one) => [
      one.playbook,
      String(one.plans),
      dollars(one.atRisk),
      dollars(one.repaired),
      one.unforeseen === 0 ? '–' : plural(one.unforeseen, 'plan'),
    ]),
    ...(byPlaybook.length > 1 ? [['All', '', dollars(atRisk), dollars(repaired), '']] : []),
  ],
  empty: 'No plan was decided on that day.',
});

const refused: Make = ({ refused: all }) => ({
  id: 'refused',
  wide: true,
  title: 'Refused by guards',
  columns: ['Guard', 'Playbook', 'Runs', 'Figures of the last', 'Last run'],
  rows: all.map((one) => [one.guard, one.playbook, String(one.runs), one.figures, one.lastRun]),
  empty: 'No guard refused anything.',
});

const approvals: Make = ({ approvals: { waiting, ...counts }, day }) => ({
  id: 'approvals',
  title: 'Approvals',
  note:
    `Asked ${counts.asked}, approved ${counts.given}, refused ${counts.refused}, expired ${counts.expired}, ` +
    `void because things had changed ${counts.void}. Below: waiting at the day’s end.`,
  columns: ['Request', 'Playbook', 'Approved by', 'Expires'],
  rows: waiting.map((one) => [
    one.id,
    one.playbook,
    `${one.given} of ${one.people}`,
    clockIn(day.zone)(one.expiresAt),
  ]),
  empty: 'None was waiting.',
});

const orders: Make = ({ now, day }) => ({
  id: 'orders',
  wide: true,
  title: 'Kill switches, breakers, trust',
  note: `As things stood when this was written, ${clockIn(day.zone)(now.at)}. Every other playbook: ${now.initialTrust}.`,
  columns: ['What', 'State', 'Since', 'Why'],
  rows: [
    ...now.switches.map(({ scope, since, by, reason }) => [
      scope === 'all' ? 'Everything' : scope,
      'switched off',
      clockIn(day.zone)(since),
      `${reason} (${by})`,
    ]),
    ...now.playbooks.map((one) => [
      one.playbook,
      `${one.breakerSince === null ? 'breaker closed' : 'BREAKER OPEN'}, trust ${one.trust ?? now.initialTrust}`,
      one.breakerSince === null ? '–' : clockIn(day.zone)(one.breakerSince),
      one.breakerWhy ?? '–',
    ]),
  ],
  empty: 'Nothing is switched off, no breaker is open.',
});

const told: Make = ({ told: { failings, ...counts }, exhausted, day }) => ({
  id: 'told',
  wide: true,
  title: 'Notifications',
  note: `Due ${counts.due}, in time ${counts.inTime}, late ${counts.late}, not sent ${counts.untold}.`,
  columns: ['Incident', 'Message and recipient', 'Due', 'Sent', 'Why'],
  rows: [
    ...exhausted.map((one) => [
      named(one),
      `${messageName({ kind: 'call', severity: one.severity, level: one.level })}, the last level`,
      clockIn(day.zone)(one.at),
      'nobody acknowledged',
      'the escalation is exhausted',
    ]),
    ...failings.map((one) => [
      named(one),
      `${messageName(one.message)}, ${one.recipient}`,
      clockIn(day.zone)(one.dueAt),
      one.toldAt === null ? `NOT SENT, ${one.tries} tries` : `late, ${clockIn(day.zone)(one.toldAt)}`,
      one.why ?? NOT_KNOWN,
    ]),
  ],
  empty: 'Everybody was notified in time.',
});

const postmortems: Make = ({ postmortems: { unsigned, signed }, day }, { settings }) => ({
  id: 'postmortems',
  wide: true,
  title: 'Postmortems',
  note: `Signed that day: ${signed}. The deadline is ${settings.people.postmortem.escalateHours} h after the incident. Below: unsigned at the day’s end.`,
  columns: ['Incident', 'State', 'Due', 'Where'],
  rows: unsigned.map((one) => [
    `${one.severity} ${named(one)}`,
    `${one.draftedAt === null ? 'not drafted' : 'drafted, unsigned'}${one.overdue ? ', OVERDUE' : ''}`,
    clockIn(day.zone)(one.dueAt),
    one.prefix ?? '–',
  ]),
  empty: 'None is unsigned.',
});

const cost: Make = ({ cost: { operations, lambda, athena, fixed, usd } }, { settings: { prices } }) => ({
  id: 'cost',
  wide: true,
  folded: true,
  title: 'What the automation cost',
  note:
    'Quantities at the published prices of the configuration. Durable operations: of runs, from the ledger; those of ' +
    'escalations are not counted. Lambda: CloudWatch’s sums, without cold starts. Athena: queries whose results lie under ' +
    'our prefix. What is unknown is in no sum.',
  columns: ['Of', 'Quantity', 'Price', 'Cost'],
  rows: [
    [
      'Durable operations',
      `${operations.count} of ${operations.runs} runs${operations.uncounted > 0 ? `; ${operations.uncounted} runs ${NOT_KNOWN}` : ''}`,
      `${prices.durablePerMillionOperations} USD per million`,
      dollars(operations.usd),
    ],
    [
      'Lambda',
      lambda === null
        ? NOT_KNOWN
        : `${lambda.gbSeconds} GB-seconds, ${lambda.invocations} invocations${lambda.unknown.length > 0 ? `; ${NOT_KNOWN} of ${lambda.unknown.join(', ')}` : ''}`,
      `${prices.lambdaPerGbSecond} USD per GB-second, ${prices.lambdaPerMillionRequests} per million invocations`,
      lambda === null ? NOT_KNOWN : dollars(lambda.usd),
    ],
    [
      'Athena',
      athena === null ? NOT_KNOWN : `${athena.queries} queries, ${athena.bytes} bytes`,
      `${prices.athenaPerTb} USD per TB, ${prices.athenaLeastMb} MB a query at least`,
      athena === null ? NOT_KNOWN : dollars(athena.usd),
    ],
    [
      'Fixed',
      'metrics, alarms, key, secrets, schedules: one day',
      `${fixed.perMonth} USD a month`,
      dollars(fixed.usd),
    ],
    ['Total', isWhole({ lambda, athena }) ? '' : 'of what is known', '', dollars(usd)],
  ],
  empty: '',
});

const isWhole = ({ lambda, athena }: Pick<ReportFigures['cost'], 'lambda' | 'athena'>): boolean =>
  lambda !== null && athena !== null;

const SECTIONS: readonly Make[] = [
  incidents,
  backlog,
  blocked,
  money,
  toDate,
  severities,
  runs,
  approvals,
  refused,
  told,
  postmortems,
  orders,
  cost,
];

export const sectionsOf = (figures: ReportFigures, told: Told): Section[] =>
  SECTIONS.map((make) => make(figures, told));
