import { runOf } from '../../../sandbox/executions.ts';
import { phaseOf } from '../../../lambdas/record/evidence.ts';
import { playbookById } from '../../../lambdas/catalog/playbooks/registry.ts';
import { isHealthy, type Check } from './seen.ts';

/** A run that a drill has put on record beforehand has no execution. */
const RAN = 'execution_arn is not null';

const HELD = `
select distinct run_id from responder.run left join responder.lock using (run_id)
where ${RAN} and (acting or (resource is not null and released_at is null))`;

const INCIDENTS = `
select incident_id, closed_at is not null as closed from responder.incident
where exists (select from responder.run where run_id = opened_by_run and ${RAN})`;

/** Its own target is done. */
const STANDS_FOR_ANOTHER = /; alarm \S+ stands for .*, which is unhealthy: /;

/** Every run has ended and holds no lock; an incident is closed just when a run has seen its fault gone. */
export const onRecord: Check = async ({ sandbox: { pool, services }, result, runs }) => {
  const lines: string[] = [];
  for (const execution of result.executions) {
    const { status } = execution;
    const name = runOf(execution);
    const run = runs.find((one) => one.run === name);
    if (!run) lines.push(`run ${name} is not on record`);
    else if (run.outcome === null) lines.push(`run ${name} has not ended: its execution is ${status}`);
  }
  const { rows: held } = await pool.query<{ run_id: string }>(HELD);
  lines.push(...held.map(({ run_id }) => `run ${run_id} still holds its lock`));

  const { rows: incidents } = await pool.query<{ incident_id: string; closed: boolean }>(INCIDENTS);
  for (const { incident_id, closed } of incidents) {
    const own = runs.filter(({ incident }) => incident === incident_id);
    const healed = own.some(({ outcome, why }) => isHealthy(outcome) || STANDS_FOR_ANOTHER.test(why ?? ''));
    if (own.length === 0) lines.push(`incident ${incident_id} belongs to no run`);
    else if (closed !== healed) {
      const outcomes = own.map(({ outcome }) => outcome).join(', ');
      lines.push(`incident ${incident_id} is ${closed ? 'closed' : 'open'}, but its runs ended ${outcomes}`);
    }
  }
  const last = new Map(
    runs.flatMap((run) => (run.alarm === null ? [] : [[run.alarm, run.outcome] as const])),
  );
  for (const [alarm, outcome] of last) {
    const state = services.cloudwatch.alarms.get(alarm)?.state.value;
    if (isHealthy(outcome) && state !== 'OK')
      lines.push(`alarm ${alarm} is ${state} after its run was ${outcome}`);
  }
  return lines;
};

/** Every probe of the playbook was run before the decision, and its answers were kept. */
export const askedAll: Check = ({ runs }) =>
  runs.flatMap(({ run, playbook, decision, evidence }) => {
    if (decision === null) return [];
    const asked = new Set(evidence.filter(({ key }) => phaseOf(key) === 'before').map(({ probe }) => probe));
    const missing = Object.values(playbookById(playbook)?.probes ?? {})
      .map(({ name }) => name)
      .filter((name) => !asked.has(name));
    return missing.length === 0 ? [] : [`${run} decided without evidence of ${missing.join(', ')}`];
  });
