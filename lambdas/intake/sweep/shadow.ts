import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Trace } from '../../catalog/actions/definition.ts';
import type { Decision } from '../../domain/decision.ts';
import type { AnyPlaybook } from '../../catalog/playbooks/definition.ts';
import { playbookById } from '../../catalog/playbooks/registry.ts';
import { storableJson } from '../../record/storable.ts';
import type { Settings } from '../../platform/settings.ts';
import type { SweepWorld } from './sweep.ts';

/** Whether people did what the rehearsal would have done, something else, or nothing at all. */
export type ShadowVerdict = 'same' | 'different' | 'nothing';

export interface Compared {
  readonly run: string;
  readonly verdict: ShadowVerdict;
}

interface Rehearsed {
  readonly run: string;
  readonly playbook: string;
  readonly alarm: string | null;
  readonly target: Readonly<Record<string, string>>;
  readonly openedAt: Date;
  readonly decision: Decision | null;
}

/** Live runs in the shadow whose incident nobody has compared yet. */
const REHEARSED = `
select run_id as run, playbook, alarm, target, opened_at as "openedAt", decision from responder.run
where mode = 'live' and outcome = 'rehearsed' and not exists (select from responder.shadow where shadow.run_id = run.run_id)
order by opened_at limit 50`;

/** What was run of these jobs since then by anybody but ourselves. */
const DONE = `
select job, period, tenant_id as tenant from job_run
where job = any($1) and started_at >= $2 and started_at <= $3 and status = 'completed' and not starts_with(run_id, $4)
order by started_at`;

const KEEP = `
insert into responder.shadow (run_id, compared_at, over_at, done, verdict) values ($1, $2, $2, $3, $4)
on conflict (run_id) do nothing`;

/**
 * Compares each rehearsal whose alarm is over with what people did until then. Only what leaves a trace among the jobs can
 * be compared; a plan of which nothing does is passed over until somebody gives its actions one.
 */
export async function compareShadows(
  pool: Ledger,
  standing: SweepWorld['standing'],
  settings: Settings,
  now: Date,
): Promise<Compared[]> {
  const { rows } = await pool.query<Rehearsed>(REHEARSED);
  const compared: Compared[] = [];
  for (const rehearsed of rows) {
    if (standing.some(({ alarm }) => alarm.name === rehearsed.alarm)) continue;
    const playbook = playbookById(rehearsed.playbook);
    if (!playbook) continue;
    const planned = plannedTraces(rehearsed.decision, playbook, settings);
    const jobs = jobsOf(playbook, rehearsed.target, settings);
    const values = [jobs, rehearsed.openedAt, now, rehearsed.run];
    const done = (await pool.query<Trace>(DONE, values)).rows.filter(
      ({ period }) => period === null || (rehearsed.target['period'] ?? period) === period,
    );
    const verdict = compare(planned, done);
    await pool.query(KEEP, [rehearsed.run, now, storableJson(done), verdict]);
    compared.push({ run: rehearsed.run, verdict });
  }
  return compared;
}

/** Once or twice is the same: jobs are idempotent. Where nothing was to be done and nothing was, people agreed. */
export function compare(planned: readonly Trace[], done: readonly Trace[]): ShadowVerdict {
  const keys = (traces: readonly Trace[]): string[] =>
    [...new Set(traces.map(({ job, period, tenant }) => [job, period ?? '', tenant ?? ''].join('|')))].sort();
  const [wanted, was] = [keys(planned), keys(done)];
  if (wanted.join() === was.join()) return 'same';
  return was.length === 0 ? 'nothing' : 'different';
}

function plannedTraces(decision: Decision | null, { actions }: AnyPlaybook, settings: Settings): Trace[] {
  if (decision?.kind !== 'act') return [];
  return decision.plan.flatMap(({ action: name, params }) => {
    const action = actions.find((one) => one.name === name);
    return action?.trace?.(params, settings) ?? [];
  });
}

/** Names of all jobs that the playbook might have run. */
const jobsOf = ({ actions }: AnyPlaybook, target: Rehearsed['target'], settings: Settings): string[] => [
  ...new Set(actions.flatMap((action) => action.trace?.(target, settings).job ?? [])),
];
