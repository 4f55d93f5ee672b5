import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Trace } from '../../catalog/actions/definition.ts';
import type { Decision } from '../../domain/decision.ts';
import type { AnyPlaybook } from '../../catalog/playbooks/definition.ts';
import { playbookById } from '../../catalog/playbooks/registry.ts';
import { keepVerdict, uncomparedShadows, type ShadowVerdict } from '../../record/shadows.ts';
import type { Target } from '../../domain/run-request.ts';
import type { Settings } from '../../platform/settings.ts';
import type { SweepState } from './sweep.ts';

export interface Compared {
  readonly run: string;
  readonly verdict: ShadowVerdict;
}

/** Runs of these jobs since then, without our own. */
const DONE = `
select job, period, tenant_id as tenant from job_run
where job = any($1) and started_at >= $2 and started_at <= $3 and status = 'completed' and not starts_with(run_id, $4)
order by started_at`;

/**
 * Compares each rehearsal whose alarm is over with what people did until then. Plans whose actions
 * leave no trace among the jobs are skipped.
 */
export async function compareShadows(
  pool: Ledger,
  standing: SweepState['standing'],
  settings: Settings,
  now: Date,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const rehearsed of await uncomparedShadows(pool)) {
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
    await keepVerdict(pool, rehearsed.run, { at: now, done, verdict });
    compared.push({ run: rehearsed.run, verdict });
  }
  return compared;
}

/** Repetitions do not count: jobs are idempotent. Where nothing had to be done and nothing was, they agree. */
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

const jobsOf = ({ actions }: AnyPlaybook, target: Target, settings: Settings): string[] => [
  ...new Set(actions.flatMap((action) => action.trace?.(target, settings).job ?? [])),
];
