import { createHash } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { RunRequest } from '../../lambdas/domain/run-request.ts';
import { runIdOfKey } from '../../lambdas/intake/start/run-id.ts';
import { startRunSigned } from '../../sandbox/signed-order.ts';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { S3Client } from '@aws-sdk/client-s3';
import { verifyAudit } from '../../scripts/audit/verify.ts';
import type { Decision } from '../../lambdas/domain/decision.ts';
import type { Caller } from '../../lambdas/domain/run-request.ts';
import { auditOrder, type auditRun } from '../../lambdas/record/orders.ts';
import { createRecordReader } from '../../lambdas/record/read.ts';
import { readAnchorBucket, readBodies } from '../../scripts/audit/read-buckets.ts';
import { readRecord } from '../../scripts/audit/read-record.ts';
import { readChains, readEvidence } from '../../scripts/audit/read-ledger.ts';
import { TENANTS } from '../../sandbox/commercial-ops/seeds/platform.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { act, escalate } from '../support/decisions.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { LEDGER_AUTHORITIES } from '../../lambdas/platform/settings.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld, NOW } from '../support/world.ts';

const world = bootWorld({ settled: true, schedules: 'off' });
beforeAll(async () => {
  await makeStale(world);
  // No signals, so no alarm: the runs are the test's own.
});
afterEach(() => world.faults.clear());

let number = 0;

/** By the login that alone may write a person's order. */
async function orderAs(login: string, { run: id, ...order }: Parameters<typeof auditRun>[1]): Promise<void> {
  const client = await world.pool.connect();
  try {
    await client.query(`set session authorization ${login}`);
    await auditOrder(client, { ...order, object: { type: 'run', id }, once: true });
  } finally {
    await client.query('reset session authorization');
    client.release();
  }
}

/** Runs the runner itself, as the dispatcher would on a person's order, to its end. */
async function run(mode: 'live' | 'dry-run' = 'live', { caller }: { caller?: Caller } = {}) {
  const { lambda, sns, glue } = world.services;
  const name = runIdOfKey('cur-freshness', caller ? 'order' : 'request', String(++number), mode);
  const asked = { by: 'a test', reason: 'to see', at: NOW.toISOString(), ...(caller && { caller }) };
  const cause = { kind: 'manual', ...asked };
  const before = { messages: sns.messages.all().length, runs: glue.runs.of('cur_ingest_prod').length };
  // As the command does, before it starts the run.
  if (caller) {
    const order = { caller, action: 'responder.run', run: name, at: NOW.toISOString(), why: 'to see' };
    await orderAs('responder_respond', order);
  }
  const order = RunRequest.parse({
    run: name,
    playbook: 'cur-freshness',
    cause,
    target: { period: '2026-11' },
    mode,
  });
  const named = await startRunSigned(world, order, caller ? 'commands' : 'manual', 'responder-runner');
  const execution = () => lambda.executionsOf('responder-runner').find((one) => one.name === named);
  await world.clock.advanceUntil(() => execution()?.status !== 'RUNNING', world.inMinutes(720));
  const record = await createRecordReader(world.pool).status(name);
  return {
    execution: execution(),
    result: execution()?.result as { outcome: string; why: string },
    record,
    messages: sns.messages.all().slice(before.messages),
    started: glue.runs.of('cur_ingest_prod').length - before.runs,
  };
}

/** The code of `handlers`, with the file that every function finds beside its own. */
function handlersBeside(authorities: string): string {
  const dir = scratchDir();
  copyFileSync(authorities, join(dir, LEDGER_AUTHORITIES));
  const handlers = pathToFileURL(join(import.meta.dirname, 'handlers', 'engine.mjs')).href;
  writeFileSync(join(dir, 'engine.mjs'), `export * from ${JSON.stringify(handlers)};\n`);
  return dir;
}

/** From now on the runner decides this, whatever it finds. */
function decide(decision: Decision): void {
  world.deploy('responder-runner', ({ environment, codeDir }) => ({
    codeDir: handlersBeside(join(codeDir, LEDGER_AUTHORITIES)),
    handler: 'engine.decided',
    environment: {
      ...environment,
      // Its code lies elsewhere, without the deployment file.
      RESPONDER_SETTINGS: JSON.stringify({
        estate: {},
        pace: {},
        limits: { trust: { initial: 'auto' } },
        prices: {},
        ...(JSON.parse(environment['RESPONDER_SETTINGS'] ?? '{}') as object),
      }),
      TEST_DECISION: JSON.stringify(decision),
    },
  }));
}

const isActing = async () =>
  (await world.pool.query<{ n: number }>('select count(*)::int as n from responder.run where acting')).rows[0]
    ?.n;

const refused = { service: 'logs', operation: 'FilterLogEvents', when: 'before' } as const;
// An error that the SDK itself does not retry.
const silent = new AwsError('InvalidParameterException', 'the log does not answer');

test('looks that fail twice are taken again, as a whole, and decided on', async () => {
  world.faults.add({ ...refused, times: 2, effect: silent });
  const { result, execution, started } = await run('dry-run');
  expect(result).toMatchObject({
    outcome: 'rehearsed',
    why: expect.stringMatching(/^would start Glue job cur_ingest_prod for 2026-11: /) as string,
  });
  expect(execution?.operations.find(({ name }) => name === 'diagnose')?.attempts).toBe(3);
  expect(started).toBe(0);
});

test('a look that never answers: nothing is decided, nothing done, people are told which', async () => {
  world.faults.add({ ...refused, times: Infinity, effect: silent });
  const { result, messages, started, record } = await run();
  expect(result).toMatchObject({
    outcome: 'escalated',
    why: expect.stringMatching(
      /^could not look, so nothing is done: ingestion-log: invalid \(InvalidParameterException\)$/,
    ) as string,
  });
  expect(started).toBe(0);
  expect(messages.map(({ topicArn }) => topicArn.split(':').at(-1))).toEqual(['commercial-ops-sre']);
  expect(messages[0]?.message).toMatch(/Your next step: find the cause, and repair it by hand/);
  // What the other looks found is told and kept.
  expect(messages[0]?.message).toMatch(/Is the period open, closing or closed\? open/);
  expect(record?.evidence.map(({ key }) => key)).toContain('before/cur-delivery/1');
});

const start = { action: 'start-ingestion', params: { period: '2026-11' } };

const costly = act('both copies are old', [start], {
  approval: { why: 'it replaces more than a million lines' },
});

test('a plan that needs approval is not begun for somebody who only says who they are: a person gets it', async () => {
  decide(costly);
  const { result, messages, started, record } = await run();
  expect(result).toMatchObject({
    outcome: 'escalated',
    why:
      'both copies are old; the plan needs approval (it replaces more than a million lines), and nothing proves that ' +
      '"a test" requested it: request the run with npm run respond -- run',
  });
  expect(started).toBe(0);
  expect(messages).toHaveLength(1);
  expect(messages[0]?.message).toContain('Not done:       start Glue job cur_ingest_prod for 2026-11');
  const { rows } = await world.pool.query<{ plan: unknown; hash: string }>(
    `select decision->'plan' as plan, plan_sha256 as hash from responder.run where run_id = $1`,
    [record?.run],
  );
  expect(rows[0]).toEqual({ plan: [start], hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
});

test('a plan that needs approval waits for it, and nothing is begun when nobody gives it', async () => {
  decide(costly);
  const caller = { arn: 'arn:aws:sts::000000000000:assumed-role/sre/sre-one', person: 'sre-one' };
  const { result, messages, started, record, execution } = await run('live', { caller });
  expect(result).toMatchObject({
    outcome: 'escalated',
    why: matching(
      /^both copies are old; approval expired: 0 of 1 people had approved by \d+ Nov 2026 [\d:]+ UTC$/,
    ),
  });
  expect(started).toBe(0);
  const [asking, outcome] = messages.filter(({ message }) => message.includes(`Run ${record?.run}`));
  expect(outcome?.subject).toMatch(/^SEV-\d INC-\d+ Costs are .*old: /);
  expect(asking?.message).toMatch(/^SEV-\d INC-\d+ APPROVAL NEEDED: cur-freshness, period 2026-11/);
  expect(asking?.message).toContain('Why approval:   it replaces more than a million lines');
  expect(asking?.message).toContain(`npm run respond -- approve A-${record?.run} --plan `);
  expect(execution?.operations.map(({ name }) => name)).not.toContain('guard:before-acting');
  expect(await isActing()).toBe(0);
});

test.each([
  [
    'an action that the playbook does not declare',
    { action: 'delete-everything', params: {} },
    // Nobody can say what it does: people would be asked for it.
    'escalated',
    /the plan needs approval \(cur-freshness does not declare delete-everything\)/,
  ],
  [
    'parameters that are no period',
    { action: 'start-ingestion', params: { period: 'now' } },
    // Already the guard cannot say whether such a period is open.
    'refused',
    /a month such as/,
  ],
])(
  'a plan with %s ends before its first action, and gives the lock up',
  async (_name, wrong, outcome, words) => {
    decide(act('why not', [start, wrong]));
    const { result, started, messages, record } = await run();
    expect(result).toMatchObject({ outcome, why: expect.stringMatching(words) as string });
    expect(started).toBe(0);
    expect(await isActing()).toBe(0);
    expect(record).toMatchObject({ outcome });
    expect(messages.at(-1)?.message).toMatch(/Your next step: .*by hand/);
  },
);

/** What people are shown stays what it was, whatever is put over it. */
const replaceEvidence = (name: string) => {
  const { s3 } = world.services;
  const bucket = s3.allBuckets().find((one) => /^commercial-ops-responder-\d/.test(one.name))?.name ?? '';
  return s3.put(bucket, `evidence/${name}/before.json`, Buffer.from('[]'));
};

test('evidence that is replaced while people are asked is not recorded: the run says so', async () => {
  decide(costly);
  const name = runIdOfKey('cur-freshness', 'order', String(number + 1), 'live');
  world.clock.at('replace', world.inMinutes(60), async () => void (await replaceEvidence(name)));
  const caller = { arn: 'arn:aws:sts::000000000000:assumed-role/sre/sre-one', person: 'sre-one' };
  const { result, record, messages, started } = await run('live', { caller });
  const says = new RegExp(`the evidence evidence/${name}/before.json was replaced after it was seen`);
  expect(result).toMatchObject({ outcome: 'escalated', why: matching(says) });
  expect(started).toBe(0);
  expect(record?.why).toMatch(says);
  expect(record?.evidence.filter(({ key }) => key.startsWith('before/'))).toEqual([]);
  expect(messages.at(-1)?.message).toMatch(/was replaced after it was seen/);
  const ended = (await readChains(world.pool)).find(({ key }) => key === `ended/${name}`);
  const { bodies } = JSON.parse(ended?.body ?? '{}') as { bodies: { key: string; sha256: string }[] };
  const sealed = bodies.find(({ key }) => key === `evidence/${name}/before.json`)?.sha256;
  expect(sealed).toMatch(/^[0-9a-f]{64}$/);
  expect(sealed).not.toBe(createHash('sha256').update('[]').digest('hex'));
});

test('SEV-1 calls FinOps, too', async () => {
  decide(escalate('invoices went out on wrong costs', 'SEV-1'));
  const { messages } = await run();
  expect(messages.map(({ topicArn }) => topicArn.split(':').at(-1)).sort()).toEqual([
    'commercial-ops-finops',
    'commercial-ops-sre',
  ]);
});

test('no message names a tenant but by id, and every subject is fit for SNS', async () => {
  const messages = world.services.sns.messages.all().filter(({ topicArn }) => !topicArn.endsWith('alarms'));
  expect(messages.length).toBeGreaterThan(4);
  for (const { subject, message } of messages) {
    for (const { name } of TENANTS) expect(message).not.toContain(name);
    expect(message).not.toMatch(/@[a-z-]+\.example/);
    expect(subject).toMatch(/^[ -~]{1,99}$/);
  }
});

test('whatever the runs came to, every outcome is anchored, and audit and evidence hold', async () => {
  const { s3 } = world.services;
  const client = new S3Client({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  const bucket = (name: RegExp) => s3.allBuckets().find((one) => name.test(one.name))?.name ?? '';
  const log = bucket(/^commercial-ops-responder-anchors-/);
  const anchors = await readAnchorBucket(client, log);
  const rows = await readChains(world.pool);
  const bodies = await readBodies(client, bucket(/^commercial-ops-responder-\d/), rows);
  client.destroy();
  const readAt = world.clock.now().toISOString();
  const copy = {
    readAt,
    log,
    record: await readRecord(world.pool),
    rows,
    anchors: anchors.objects,
    bodies: bodies.objects,
  };
  const verdict = verifyAudit({ ...copy, evidence: await readEvidence(world.pool) }, new Date(0));
  expect(verdict.faults).toEqual([]);
  expect(verdict.counts.bodies).toBeGreaterThan(4);
  const anchored = (chain: string): number =>
    Math.max(
      0,
      ...anchors.objects.map(({ key }) => Number(key.split(`heads/${chain}/`)[1]?.slice(0, 8) ?? 0)),
    );
  const ends = rows.filter(({ kind }) => kind === 'run.ended');
  expect(ends.length).toBeGreaterThan(4);
  expect(ends.filter(({ chain, seq }) => anchored(chain) < seq)).toEqual([]);
});
