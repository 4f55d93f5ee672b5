import type { PoolClient } from 'pg';
import { endOf, startOf, type Period } from '../period.ts';
import { METRICS, PLANS, TENANTS, type Metric } from './platform.ts';
import { dice, insertRows } from './rows.ts';

const DAY_MS = 86_400_000;
/** Nobody is seeded over nine tenths of a cap: over 1.0 is a fault that `quota-reached` would report. */
const [LEAST, SPAN] = [0.25, 0.63];

/** Each tenant's use of each metric, day by day, of the periods' days that are over. */
export async function seedUsage(
  client: PoolClient,
  { seed, periods, now }: { seed: number; periods: readonly Period[]; now: Date },
): Promise<void> {
  const caps = new Map(PLANS.map(({ code, caps }) => [code, caps]));
  for (const period of periods) {
    const rows = [];
    for (let day = startOf(period).getTime(); day < endOf(period).getTime(); day += DAY_MS) {
      if (day + DAY_MS > now.getTime()) break;
      const date = new Date(day).toISOString().slice(0, 10);
      for (const { id, plan } of TENANTS) {
        for (const metric of Object.keys(METRICS) as Metric[]) {
          rows.push(snapshot({ seed, tenant: id, metric, date, cap: caps.get(plan)?.[metric] ?? 0 }));
        }
      }
    }
    await insertRows(client, 'usage_snapshot_daily', rows);
  }
}

function snapshot(of: { seed: number; tenant: string; metric: Metric; date: string; cap: number }) {
  const { seed, tenant, metric, date, cap } = of;
  const share = LEAST + SPAN * (0.8 * dice(seed, tenant, metric) + 0.2 * dice(seed, tenant, metric, date));
  const utilization = Number(share.toFixed(4));
  return {
    tenant_id: tenant,
    metric_code: metric,
    metric_value: (cap * utilization).toFixed(6),
    usage_date: date,
    cap_value: cap,
    utilization,
    quota_event: utilization >= 0.8 ? 'EVENT_QUOTA_80' : null,
    last_updated_at: new Date(new Date(date).getTime() + DAY_MS + 7_200_000).toISOString(),
  };
}
