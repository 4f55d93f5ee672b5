import { DAY_MS } from '../../domain/milliseconds.ts';
import { periodOf } from '../../domain/billing-period.ts';
import { athenaPermissions, queryAthena } from '../probes/athena-query.ts';
import { athenaFreshnessSql, athenaTime, LEDGER_NEWEST_SQL } from '../probes/cost-copies.ts';
import type { Measurement, Signal } from './definition.ts';

/** Age in days of the newest usage, of each copy: the alarm watches the worst. */
export const freshness: Signal = {
  metric: 'cur_freshness_days',
  unit: 'None',
  worst: 'highest',
  whenNone: null,
  permissions: athenaPermissions,
  async measure({ now, settings, tools }) {
    const [ledger, athena] = await Promise.all([
      tools.ledger.query<{ newest: Date | null }>(LEDGER_NEWEST_SQL, [now.toISOString()]),
      queryAthena(await tools.athena(), settings, athenaFreshnessSql(now, periodOf(now))),
    ]);
    const newest = athena.rows[0]?.['newest'];
    return [
      ...aged('ledger', ledger.rows[0]?.newest ?? null, now),
      ...aged('athena', newest ? athenaTime(newest) : null, now),
    ];
  },
};

/** Stands for a copy without usage lines: older than any report is kept. */
const EMPTY_DAYS = 365;

function aged(copy: string, newest: Date | null, now: Date): Measurement[] {
  const days = newest ? (now.getTime() - newest.getTime()) / DAY_MS : EMPTY_DAYS;
  return [{ value: days, dimensions: { Copy: copy } }];
}
