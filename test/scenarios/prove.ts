import { playbookById } from '../../lambdas/playbooks/registry.ts';
import { evidenceHash } from '../../lambdas/record/evidence.ts';
import type { RunStatus } from '../../lambdas/record/read.ts';
import { periodAtStake, type Fault } from '../../scripts/sandbox/faults/fault.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { freshSandbox } from '../support/sandbox.ts';
import { witness, type Witnessed } from './witness.ts';
import { having, matching } from '../support/matching.ts';

/** What a scenario must show beyond what its fault declares. */
export interface Expected {
  /** The run's reason, in words that a person can act on. */
  readonly why: RegExp;
  /** Lines of the run's timeline, by step. */
  readonly steps?: Readonly<Record<string, RegExp>>;
}

/** More than a run may cost, guards of later work included. */
const MOST_OPERATIONS = 25;
const MOST_WRITES = 5;
const LIMIT_DAYS = 2;

/** Runs the fault in a world of its own, and holds everything that came of it against what must come of it. */
export async function prove(fault: Fault, expected: Expected | undefined): Promise<void> {
  const opened = await freshSandbox();
  const { sandbox } = opened;
  try {
    const seen = await witness(sandbox, fault);
    expect({ actions: seen.actions }).toEqual({ actions: fault.actions });
    expect(seen.closed.before).toHaveProperty(['2025-09 fact_cost_raw'], matching(/^[0-9a-f]{32}$/));
    expect(seen.closed.after).toEqual(seen.closed.before);
    if (fault.outcome === null || expected === undefined) return await proveNothingHappened(sandbox, seen);

    expect(seen.executions).toHaveLength(1);
    const [run] = seen.runs;
    if (!run) throw new Error(`the run of ${fault.name} is not on record`);
    expect(run).toMatchObject({ outcome: fault.outcome, why: matching(expected.why) });
    for (const [name, tell] of Object.entries(expected.steps ?? {})) {
      expect(run.steps).toContainEqual(having({ name, tell: matching(tell) }));
    }
    await proveWorld(sandbox, fault, seen);
    proveStarts(sandbox, fault, run);
    await proveRecord(sandbox, fault, run);
    await proveEvidence(sandbox, run);
    provePeopleTold(fault, run, seen);
    proveCost(run, seen);
  } finally {
    await opened.close();
  }
}

async function proveNothingHappened({ services, pool }: Sandbox, seen: Witnessed): Promise<void> {
  expect(seen.executions).toEqual([]);
  expect(seen.told).toEqual([]);
  expect(seen.writes).toBe(0);
  expect(seen.copies.after).toEqual(seen.copies.before);
  expect(services.cloudwatch.alarms.all().filter(({ state }) => state.value === 'ALARM')).toEqual([]);
  expect((await pool.query('select from responder.incident')).rowCount).toBe(0);
}

/** Fresh, and equal to the delivery to the last decimal, when healed by us; to the byte as before when not. */
async function proveWorld(sandbox: Sandbox, { outcome, alarm }: Fault, seen: Witnessed): Promise<void> {
  if (outcome === 'resolved') {
    expect(seen.freshness.before).toBeGreaterThan(LIMIT_DAYS);
    expect(seen.freshness.after).toBeLessThanOrEqual(LIMIT_DAYS);
    const { delivered, athena, ledger } = await sandbox.services.commercialOps.totals(periodAtStake(sandbox));
    expect(delivered?.lines).toBeGreaterThan(1_000);
    expect({ athena, ledger }).toEqual({ athena: delivered, ledger: delivered });
  } else {
    expect(seen.copies.after).toEqual(seen.copies.before);
  }
  const healthy = outcome === 'resolved' || outcome === 'self-healed';
  expect(sandbox.services.cloudwatch.alarms.get(alarm ?? '')?.state.value).toBe(healthy ? 'OK' : 'ALARM');
}

/** Glue was started once where it was to be started, under this run's name and for the month at stake; else never. */
function proveStarts(sandbox: Sandbox, { actions }: Fault, { run }: RunStatus): void {
  const { glue, estate } = sandbox.services;
  const ours = glue.runs
    .of(estate.ingestion.job)
    .filter(({ arguments: { '--run_id': id } }) => id?.startsWith(run))
    .map(({ arguments: args }) => args);
  const expected = {
    '--period': periodAtStake(sandbox),
    '--run_id': `${run}-1`,
    '--fence': matching(/^\d+$/),
  };
  expect(ours).toEqual(actions.includes('glue:StartJobRun') ? [expected] : []);
}

async function proveRecord({ pool }: Sandbox, { outcome }: Fault, run: RunStatus): Promise<void> {
  const acting = (run.decision as { kind: string } | null)?.kind === 'act';
  const audit = await pool.query<{ action: string; actor_type: string; metadata: Record<string, string> }>(
    `select action, actor_type, metadata from audit_event where actor_id = $1 order by occurred_at`,
    [run.run],
  );
  expect(audit.rows.map(({ action }) => action)).toEqual(
    acting ? ['remediation.intended', `remediation.${outcome}`] : [],
  );
  for (const { actor_type, metadata } of audit.rows) {
    expect(actor_type).toBe('system');
    expect(metadata).toMatchObject({
      run: run.run,
      what: matching(/./),
      why: matching(/./),
    });
  }
  const healthy = outcome === 'resolved' || outcome === 'self-healed';
  const incidents = await pool.query<{
    closed: boolean;
    opened_by_run: string;
    closed_by_run: string | null;
  }>(`select closed_at is not null as closed, opened_by_run, closed_by_run from responder.incident`);
  expect(incidents.rows).toEqual([
    { closed: healthy, opened_by_run: run.run, closed_by_run: healthy ? run.run : null },
  ]);
  expect((await pool.query('select from responder.run where acting')).rowCount).toBe(0);
}

/** The hash over each answer can be checked from the record alone, as long as the record holds all of its rows. */
async function proveEvidence({ pool }: Sandbox, run: RunStatus): Promise<void> {
  const { rows } = await pool.query<{
    key: string;
    probe: string;
    source: string;
    query: string;
    sha256: string;
  }>(`select * from responder.evidence where run_id = $1 and jsonb_array_length(rows) = row_count`, [
    run.run,
  ]);
  for (const { key, sha256, ...evidence } of rows) {
    const hash = evidenceHash(evidence as unknown as Parameters<typeof evidenceHash>[0]);
    expect({ key, sha256 }).toEqual({ key, sha256: hash });
  }
  const looked = run.decision === null ? [] : Object.values(playbookById(run.playbook)?.probes ?? {});
  const probes = new Set(rows.filter(({ key }) => key.startsWith('before/')).map(({ probe }) => probe));
  expect([...probes].sort()).toEqual(looked.map(({ name }) => name).sort());
}

function provePeopleTold({ outcome, actions }: Fault, run: RunStatus, { told }: Witnessed): void {
  expect(told.map(({ topicArn }) => topicArn.split(':').at(-1))).toEqual(
    told.map(() => 'commercial-ops-sre'),
  );
  const acting = (run.decision as { kind: string } | null)?.kind === 'act';
  const subjects = told.map(({ subject }) => /^\[([a-z-]+)\]/.exec(subject ?? '')?.[1]);
  expect(subjects).toEqual(acting ? ['acting', outcome] : [outcome]);

  const last = told.at(-1)?.message ?? '';
  expect(last).toContain(`Outcome:        ${run.why}`);
  expect(last).toContain(run.incident);
  expect(last).toContain(`{"status":"${run.run}"}`);
  const healthy = outcome === 'resolved' || outcome === 'self-healed';
  expect(last).toMatch(healthy ? /Asked of you: {3}nothing/ : /Asked of you: {3}take over/);
  if (actions.length > 0) {
    expect(told[0]?.message).toMatch(/What is done: {3}start Glue job cur_ingest_prod for 2026-11/);
    expect(last).toMatch(/What was (done: {2}|tried: )start Glue job cur_ingest_prod for 2026-11/);
  }
}

/** The record says what the run cost, and the sandbox and the database have counted the same. */
function proveCost(run: RunStatus, { executions: [execution], writes }: Witnessed): void {
  // The execution itself is an operation, too, and not among those listed.
  const operations = 1 + new Set(execution?.operations.map(({ id }) => id)).size;
  expect(run).toMatchObject({ operations, ledgerWrites: writes });
  expect(run.operations).toBeLessThanOrEqual(MOST_OPERATIONS);
  expect(run.ledgerWrites).toBeLessThanOrEqual(MOST_WRITES);
}
