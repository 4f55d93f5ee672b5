import { isHighSeverity } from '../../domain/decision.ts';
import { duration, plural } from '../../domain/words.ts';
import { clockIn } from '../../platform/calendar.ts';
import { isAmong, type Episode, type Incident, type MonthClose, type ReportFigures } from './figures.ts';

/** What needs a person, highest severity first. */
export function needsYou(figures: ReportFigures): string[] {
  const { exhausted, told, postmortems, approvals, now, runs, day } = figures;
  const at = clockIn(day.zone);
  const count = (outcome: string): number =>
    runs
      .filter((one) => one.mode === 'live' && one.outcome === outcome)
      .reduce((sum, one) => sum + one.count, 0);
  const some = (n: number, thing: string, what: string): string[] =>
    n > 0 ? [`${plural(n, thing)} ${what}`] : [];
  return [
    ...grave(figures).map((one) => tellIncident(one, now.acknowledgedSince)),
    ...exhausted.map((one) => `${one.incident}: every level was called, and nobody acknowledged.`),
    ...some(told.untold, 'notification', 'reached nobody: see Notifications.'),
    ...now.switches.map(
      ({ scope, since, by }) =>
        `${scope === 'all' ? 'Everything' : scope} is switched off since ${at(since)}, by ${by}.`,
    ),
    ...now.playbooks.flatMap(({ playbook, breakerSince, breakerWhy }) =>
      breakerSince === null
        ? []
        : [
            `The breaker of ${playbook} is open since ${at(breakerSince)}: ${breakerWhy ?? 'the reason is unknown'}.`,
          ],
    ),
    ...some(count('failed'), 'run', 'failed, and may have begun something.'),
    ...some(count('ineffective'), 'repair', 'did not work.'),
    ...some(count('inconclusive'), 'run', 'ended without knowing whether it helped.'),
    ...some(postmortems.unsigned.filter(({ overdue }) => overdue).length, 'postmortem', 'overdue.'),
    ...some(approvals.waiting.length, 'plan', 'waiting for your approval.'),
    ...(approvals.expired > 0
      ? [`${plural(approvals.expired, 'request')} for approval expired unanswered.`]
      : []),
  ];
}

/** Open SEV-1 and SEV-2 that nobody has closed since. */
const grave = ({ incidents, now }: ReportFigures): Incident[] =>
  incidents.filter(
    (one) => one.closedAt === null && isHighSeverity(one.severity) && !isAmong(now.closedSince, one),
  );

const tellIncident = (one: Incident, acknowledgedSince: readonly Episode[]): string =>
  `${one.severity} ${one.incident} (${one.playbook}, ${one.target}) was open for ${duration(one.ageSeconds)} at the day’s end, ` +
  `acknowledged ${isAmong(acknowledgedSince, one) ? 'since' : `by ${one.acknowledgedBy ?? 'nobody'}`}.`;

const STEPS = {
  costs: 'costs loaded',
  allocation: 'allocated',
  reconciliation: 'reconciled',
  closing: 'closed',
  invoices: 'invoices issued',
} as const;
type Step = MonthClose['steps'][number];

const MONTHS = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

export interface CloseInWords {
  readonly title: string;
  readonly steps: readonly { readonly name: string; readonly done: boolean; readonly says: string }[];
}

/** The month's close as a chain: how far it is, and what the next step waits for. */
export function closeInWords({
  now: { close },
}: {
  readonly now: Pick<ReportFigures['now'], 'close'>;
}): CloseInWords {
  if (close === null) return { title: 'Month-end close: unknown, its login may not read it', steps: [] };
  const { month, steps } = close;
  const done = steps.filter((step) => step.done).length;
  const next = steps.find((step) => !step.done);
  const blocker = next?.incident ?? steps.find(({ incident }) => incident !== null)?.incident;
  const title = `Month-end close of ${MONTHS.format(new Date(`${month}-01`))}: ${
    next === undefined ? 'done' : `${done} of ${steps.length} steps done`
  }`;
  return {
    title: `${title}${blocker ? `, blocked by ${blocker}` : next ? `, next: ${STEPS[next.name]}` : ''}`,
    steps: steps.map((step) => ({ name: STEPS[step.name], done: step.done, says: saysOf(step) })),
  };
}

const saysOf = ({ says, incident }: Step): string =>
  [says, incident].filter((part) => part !== null).join(', ');

/** One line: the day. */
export function summaryOf({ severities, runs }: ReportFigures): string {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const live = runs.filter(({ mode }) => mode === 'live');
  const resolved = sum(live.filter(({ outcome }) => outcome === 'resolved').map(({ count }) => count));
  const of = (what: 'opened' | 'closed' | 'open'): number => sum(severities.map((one) => one[what]));
  return (
    `${plural(of('opened'), 'incident')} opened, ${of('closed')} closed, ${of('open')} open; ` +
    `${resolved} of ${plural(sum(live.map(({ count }) => count)), 'run')} resolved`
  );
}
