import { OVER_CAP } from '../probes/quota-breaches.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Caps that are used up, yesterday or today. */
export const quotaBreaches = ledgerSignal({
  metric: 'quota_breach_count',
  unit: 'Count',
  worst: 'highest',
  whenNone: 0,
  reads: ['usage_snapshot_daily (usage_date, utilization)', 'period_state (period_start, state)'],
  sql: `select count(*) as value from usage_snapshot_daily where ${OVER_CAP}`,
});
