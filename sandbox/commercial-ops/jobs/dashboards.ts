import type { Pool } from 'pg';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';

export interface DashboardsRefreshed {
  readonly dashboards: number;
  /** `<period>@<moment of the newest usage>`: what the dashboards show from now on. */
  readonly source_version: string;
}

const VERSION = `
select $1::text || '@' || coalesce(
  to_char(max(last_updated_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'nothing') as version
from usage_snapshot_daily`;

/** `dashboard_refresher`: all dashboards show the ledger as it is now. */
export async function refreshDashboards(
  pool: Pool,
  order: JobOrder,
  now: () => Date,
): Promise<JobResult<DashboardsRefreshed>> {
  return asJobRun(pool, 'dashboard_refresher', order, now, async (client) => {
    const { rows } = await client.query<{ version: string }>(VERSION, [order.period]);
    const version = rows[0]?.version ?? order.period;
    const { rowCount } = await client.query(
      'update dashboard_state set refreshed_at = $1::timestamptz, source_version = $2',
      [now().toISOString(), version],
    );
    const result = { dashboards: rowCount ?? 0, source_version: version };
    return {
      result,
      change: {
        action: 'dashboards.refreshed',
        objectType: 'dashboard',
        objectId: 'all',
        what: `refreshed ${result.dashboards} dashboards to ${version}`,
      },
    };
  });
}
