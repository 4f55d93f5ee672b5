import * as z from 'zod';
import { defineProbe } from './definition.ts';

export const Dashboards = z.object({
  dashboards: z.array(z.object({ name: z.string(), refreshedAt: z.iso.datetime(), minutes: z.number() })),
  /** When the newest completed refresh began; null: none is on record. */
  refreshBegan: z.iso.datetime().nullable(),
  /** When the responder last topped up a quota. */
  toppedUp: z.iso.datetime().nullable(),
});
export type Dashboards = z.infer<typeof Dashboards>;

const STATE = `select name, refreshed_at, source_version from dashboard_state order by name`;
const RUNS = `
select (select max(started_at) from job_run
        where job = $1 and status = 'completed' and finished_at <= $2::timestamptz) as began,
       (select max(finished_at) from job_run
        where job = 'responder.top-up' and status = 'completed' and finished_at <= $2::timestamptz) as topped`;

export const dashboardState = defineProbe<unknown, Dashboards>({
  name: 'dashboard-state',
  question: 'When were the dashboards last refreshed?',
  queries: [STATE, RUNS],
  permissions: () => [],
  value: Dashboards,
  async run({ now, settings, tools }) {
    const state = await tools.ledger.query<{ name: string; refreshed_at: Date }>(STATE);
    const runs = await tools.ledger.query<{ began: Date | null; topped: Date | null }>(RUNS, [
      settings.estate.jobs.dashboardRefresher,
      now.toISOString(),
    ]);
    const [newest] = runs.rows;
    const value = {
      dashboards: state.rows.map(({ name, refreshed_at: at }) => ({
        name,
        refreshedAt: at.toISOString(),
        minutes: Math.round((now.getTime() - at.getTime()) / 60_000),
      })),
      refreshBegan: newest?.began?.toISOString() ?? null,
      toppedUp: newest?.topped?.toISOString() ?? null,
    };
    return { value, evidence: [state.evidence, runs.evidence] };
  },
  describe: ({ dashboards }) =>
    dashboards.length === 0
      ? 'there are no dashboards'
      : dashboards.map(({ name, minutes }) => `${name} ${minutes} min ago`).join(', '),
});

/** Dashboards that do not show the state at `moment`. */
export const olderThan = ({ dashboards }: Dashboards, moment: string): readonly string[] =>
  dashboards
    .filter(({ refreshedAt }) => Date.parse(refreshedAt) < Date.parse(moment))
    .map(({ name }) => name);

/** Whether every dashboard shows the state of the newest refresh. */
export function refreshed(state: Dashboards): { healthy: boolean; summary: string } {
  if (state.refreshBegan === null) return { healthy: false, summary: 'no refresh is on record' };
  const old = olderThan(state, state.refreshBegan);
  return {
    healthy: old.length === 0 && state.dashboards.length > 0,
    summary: old.length === 0 ? `all ${state.dashboards.length} are fresh` : `still old: ${old.join(', ')}`,
  };
}
