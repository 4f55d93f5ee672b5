import { canonicalJson } from '../../lambdas/platform/canonical-json.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import type { ProbeDefinition } from '../../lambdas/catalog/probes/definition.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { withoutInvoices } from '../../sandbox/faults/invoice-world.ts';
import { unsettle } from '../../sandbox/faults/payment-world.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { as } from '../support/as-role.ts';
import { bootWorld, NOW } from '../support/world.ts';

/**
 * People approve of what they were shown, hours later. Then every look is taken again, as of the moment at which they were
 * shown it: as long as nobody has changed what lies behind it, it must say the same, whatever else has gone on since.
 */

const MINUTE_MS = 60_000;

interface Asked {
  readonly name: string;
  readonly target: Readonly<Record<string, string>>;
  readonly probe: ProbeDefinition<Record<string, string>, unknown>;
}

const looks: readonly Asked[] = playbooks.flatMap((playbook) => {
  const { id, probes, alarms } = playbook;
  const target = playbook.targetOf({ name: alarms[0]?.name ?? id, changedAt: NOW });
  return Object.values(probes).map((probe) => ({ name: `${id}: ${probe.name}`, target, probe }));
});

let shownAt: Date;
const shown = new Map<string, string>();

// Nobody repairs anything.
const world = bootWorld({ schedules: 'off' }, as('responder-runner'));
beforeAll(async () => {
  await breakEverything();
  shownAt = world.clock.now();
  for (const one of looks) shown.set(one.name, await look(one, shownAt));
  await goOn();
});

const look = async ({ probe, target }: Asked, now: Date): Promise<string> =>
  canonicalJson((await probe.run({ target, now, ...world.role })).value);
const from = (moment: Date, minutes: number): Date => new Date(moment.getTime() + minutes * MINUTE_MS);

/** So that every look has something to say: stale copies, missing invoices, payments that nobody settled, jobs at work. */
async function breakEverything(): Promise<void> {
  await makeStale(world);
  await withoutInvoices(['TEN-00113', 'TEN-00117'])(world);
  await unsettle(2)(world);
  const now = world.clock.now();
  await world.pool.query('update budget_master set last_refreshed_at = $1', [from(now, -30 * 60)]);
  const { glue, estate } = world.services;
  await glue.runs.recordRunning(glue.job(estate.ingestion.job), {
    startedAt: from(now, -20),
    dueAt: from(now, 30),
    arguments: { '--period': '2026-11', '--run_id': 'at-work' },
    behaviour: { kind: 'fail', message: 'no' },
  });
  await jobs(world, 'at-work', 'started', from(now, -10));
}

/** The hour after: jobs end, others begin and end, and logs are written. What was shown is not touched. */
async function goOn(): Promise<void> {
  const { glue, estate, logs } = world.services;
  await world.pool.query(
    `update job_run set status = 'failed', finished_at = $1, result = '{"error": "timed out"}' where run_id like 'at-work-%'`,
    [from(shownAt, 20)],
  );
  for (let i = 0; i < 12; i++) {
    await glue.runs.recordPast({
      job: estate.ingestion.job,
      state: 'FAILED',
      error: 'AccessDenied',
      arguments: { '--period': '2026-11', '--run_id': `later-${i}` },
      startedAt: from(shownAt, 1 + i).toISOString(),
      completedAt: from(shownAt, 2 + i).toISOString(),
    });
  }
  await jobs(world, 'later', 'completed', from(shownAt, 30));
  for (const group of Object.values(estate.logGroups)) {
    logs.append(group, 'later', 'ERROR AccessDenied ThrottlingException PAYMENT_MISMATCH', from(shownAt, 10));
  }
  await world.clock.advanceTo(from(shownAt, 65));
}

/** A run of each job of Commercial-Ops, and of the changes that the responder makes itself. */
async function jobs({ pool, services }: Sandbox, run: string, status: string, at: Date): Promise<void> {
  const own = ['responder.top-up', 'responder.tell-tenant', 'responder.notify-provisioning'];
  const ofActions = playbooks.flatMap(({ actions }) =>
    actions.flatMap(({ ownJob }) => ownJob?.(services.estate) ?? []),
  );
  for (const job of new Set([...Object.values(services.estate.jobs), ...ofActions, ...own])) {
    for (const [period, tenant] of [['2026-11'], ['2026-10', 'TEN-00113']]) {
      await pool.query(
        `insert into job_run (run_id, job, period, tenant_id, fence, status, started_at, finished_at)
         values ($1, $2, $3, $4, 1, $5, $6, case when $5 <> 'started' then $6::timestamptz end)`,
        [`${run}-${job}-${period}`, job, period, tenant ?? null, status, at],
      );
    }
  }
}

test.each(looks.filter(({ probe }) => probe.momentary === undefined))(
  '$name says an hour later what it said, asked as of then',
  async (one) => {
    expect(await look(one, shownAt)).toBe(shown.get(one.name));
  },
);

test('the hour was not empty: asked as of now, the looks at jobs and ages say something else', async () => {
  const now = world.clock.now();
  const others: string[] = [];
  for (const one of looks) if ((await look(one, now)) !== shown.get(one.name)) others.push(one.name);
  expect(others).toEqual(
    expect.arrayContaining([
      'cur-freshness: ledger-copy',
      'cur-freshness: ingestion-runs',
      'invoice-lag: emitter-runs',
      'allocation-variance: allocation-history',
      'recon-failed: reconciliation-history',
      'budget-stale: budgets',
      'refresh-dashboards: dashboard-state',
    ]),
  );
});

test('what is only a moment’s value says why, in a sentence', () => {
  for (const { probe } of looks)
    if (probe.momentary !== undefined) expect(probe.momentary).toMatch(/^[A-Z].{20,}\.$/);
});
