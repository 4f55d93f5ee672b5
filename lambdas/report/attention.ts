import { clockIn, tellSeconds } from './day.ts';
import { episodeKey, type Incident, type ReportFigures } from './figures.ts';

/** What a tired person must do first, the gravest before the rest; empty when nothing is asked of them. */
export function needsYou(figures: ReportFigures): string[] {
  const { exhausted, told, postmortems, approvals, now, runs, day } = figures;
  const at = clockIn(day.zone);
  const count = (outcome: string): number =>
    runs
      .filter((one) => one.mode === 'live' && one.outcome === outcome)
      .reduce((sum, one) => sum + one.count, 0);
  const some = (n: number, text: string): string[] => (n > 0 ? [`${n} ${text}`] : []);
  return [
    ...grave(figures).map(tellIncident),
    ...exhausted.map((one) => `${one.incident}: every rung was called, and nobody acknowledged.`),
    ...some(told.untold, 'notification(s) reached nobody: see Notifications.'),
    ...now.switches.map(
      ({ scope, since, by }) =>
        `${scope === 'all' ? 'Everything' : scope} is switched off since ${at(since)}, by ${by}.`,
    ),
    ...now.playbooks.flatMap(({ playbook, breakerSince, breakerWhy }) =>
      breakerSince === null
        ? []
        : [`The breaker of ${playbook} is open since ${at(breakerSince)}: ${breakerWhy ?? 'not known why'}.`],
    ),
    ...some(count('failed'), 'run(s) failed, and may have begun something.'),
    ...some(count('ineffective'), 'run(s) acted and the fault stayed.'),
    ...some(count('inconclusive'), 'run(s) ended without knowing whether it helped.'),
    ...some(postmortems.unsigned.filter(({ overdue }) => overdue).length, 'postmortem(s) are overdue.'),
    ...some(approvals.waiting.length, 'plan(s) waited for your approval.'),
    ...some(approvals.expired, 'request(s) for approval expired unanswered.'),
  ];
}

/** Open SEV-1 and SEV-2 that nobody has closed since. */
const grave = ({ incidents, now }: ReportFigures): Incident[] =>
  incidents.filter(
    (one) =>
      one.closedAt === null &&
      (one.severity === 'SEV-1' || one.severity === 'SEV-2') &&
      !now.closedSince.includes(episodeKey(one)),
  );

const tellIncident = ({
  severity,
  incident,
  playbook,
  target,
  acknowledgedBy,
  ageSeconds,
}: Incident): string =>
  `${severity} ${incident} (${playbook}, ${target}) is open for ${tellSeconds(ageSeconds)}, ` +
  `acknowledged by ${acknowledgedBy ?? 'nobody'}.`;

/** One line: the day. */
export function summaryOf({ severities, runs }: ReportFigures): string {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const live = runs.filter(({ mode }) => mode === 'live');
  const resolved = sum(live.filter(({ outcome }) => outcome === 'resolved').map(({ count }) => count));
  return (
    `${sum(severities.map(({ opened }) => opened))} incident(s) opened, ${sum(severities.map(({ closed }) => closed))} closed, ` +
    `${sum(severities.map(({ open }) => open))} open; ${resolved} of ${sum(live.map(({ count }) => count))} runs resolved`
  );
}
