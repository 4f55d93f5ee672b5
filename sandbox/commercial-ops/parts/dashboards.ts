import { jobFunction } from '../functions/job-function.ts';
import { JobPayload } from '../functions/job-payload.ts';
import { asJobRun } from '../jobs/job-run.ts';
import { insertRows } from '../seeds/rows.ts';
import type { Part } from './part.ts';

const SCHEMA = `
create table if not exists dashboard_state (
  name text primary key,
  refreshed_at timestamptz not null,
  source_version text not null
)`;

const HOUR_MS = 3_600_000;

/** `<period>@<moment of the newest usage>` */
const VERSION = `
select $1::text || '@' || coalesce(
  to_char(max(last_updated_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'nothing') as version
from usage_snapshot_daily`;

const REFRESH = `update dashboard_state set refreshed_at = $1::timestamptz, source_version = $2`;

/** Dashboards, refreshed an hour ago, and `dashboard_refresher`: all show the ledger as it is now. */
export const dashboards: Part = {
  tables: ['dashboard_state'],
  schema: SCHEMA,
  async seed(client, { period, now }) {
    const ago = new Date(now.getTime() - HOUR_MS).toISOString();
    const names = ['tenant-costs', 'quotas', 'invoices'];
    const rows = names.map((name) => ({ name, refreshed_at: ago, source_version: `${period}@${ago}` }));
    await insertRows(client, 'dashboard_state', rows);
  },
  functions: (needs) => [
    jobFunction(needs, {
      job: 'dashboard_refresher',
      name: needs.estate.jobs.dashboardRefresher,
      payload: JobPayload,
      run: ({ pool, now }, order) =>
        asJobRun(pool, 'dashboard_refresher', order, now, async (client) => {
          const { rows } = await client.query<{ version: string }>(VERSION, [order.period]);
          const version = rows[0]?.version ?? order.period;
          const { rowCount } = await client.query(REFRESH, [now().toISOString(), version]);
          const count = rowCount ?? 0;
          return {
            result: { dashboards: count, source_version: version },
            change: {
              action: 'dashboards.refreshed',
              objectType: 'dashboard',
              objectId: 'all',
              what: `refreshed ${count} dashboards to ${version}`,
            },
          };
        }),
    }),
  ],
};
