import { Period, periodStart, shiftPeriod } from '../../domain/billing-period.ts';
import { incidentSeen } from '../../record/desk.ts';
import { closeInWords } from '../../reporting/daily-report/attention.ts';
import { monthClose, monthToClose } from '../../reporting/daily-report/month-close.ts';
import { incidentCard } from './incident-card.ts';
import type { ViewCall } from './view.ts';

/** How far a month's close is, what blocks it, and the money that waits. @returns undefined for what is no month */
export async function closeView({ pool, settings, now, log, id }: ViewCall) {
  const { zone } = settings.limits.freeze;
  const latest = monthToClose(zone, now).slice(0, 7);
  const month = id === '' ? latest : id;
  if (!Period.safeParse(month).success) return undefined;
  const { close, blocked } = await monthClose(pool, { zone, now, log, month: periodStart(month) });
  const next = close?.steps.find(({ done }) => !done);
  const by = next?.incident ?? close?.steps.find(({ incident }) => incident !== null)?.incident;
  const blocker = by && (await incidentSeen(pool, by));
  return {
    month,
    before: shiftPeriod(month, -1),
    after: month < latest ? shiftPeriod(month, 1) : null,
    known: close !== null,
    ...closeInWords({ now: { close } }),
    incidents: close?.steps.map(({ incident }) => incident) ?? [],
    blocker: blocker ? incidentCard(blocker, { now, people: settings.people }) : null,
    blocked,
  };
}
