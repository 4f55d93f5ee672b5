import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Pool } from 'pg';
import type { Emulator, EmulatorOptions } from '../../emulator/emulator.ts';
import { booted } from '../../emulator/test/support/booted.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { freshDatabase } from '../../emulator/test/support/postgres.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { LOGINS } from '../../lambdas/record/logins.ts';
import { passwordOf } from '../../sandbox/commercial-ops/ledger.ts';
import { templateFor, type TemplateAndAssets } from '../../sandbox/template.ts';
import { runScript } from '../processes/started.ts';
import { PASSWORDS } from '../support/ledger.ts';
import { bootPlace, NOW } from '../support/world.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** The repository's example, as `docs/deploy.md` says: with a ledger, and names of one's own. */
function example(prefix: string): unknown {
  const { context } = JSON.parse(readFileSync(resolve(ROOT, 'cdk.json'), 'utf8')) as {
    context: { responder: Record<string, object> };
  };
  return {
    ...context.responder,
    prefix,
    ledger: {
      host: '127.0.0.1',
      tls: 'off',
      logins: { kind: 'secret', secret: 'commercial-ops/{login}' },
    },
    subscriptions: { sre: ['sre@example.org'], finops: [] },
  };
}

/** The emulator's own code once more, in another Region. */
async function emulatorOf(region: string): Promise<typeof Emulator> {
  let found: typeof Emulator | undefined;
  process.env['EMULATOR_REGION'] = region;
  await jest.isolateModulesAsync(async () => {
    found = (await import('../../emulator/emulator.ts')).Emulator;
  });
  delete process.env['EMULATOR_REGION'];
  if (!found) throw new Error('the emulator was not loaded');
  return found;
}

const account = booted(async (defer) => {
  const open = async (region: string, more: Partial<EmulatorOptions> = {}): Promise<Emulator> => {
    const state = await freshDatabase('state');
    defer(() => state.drop());
    const Region = await emulatorOf(region);
    const emulator = await Region.open({
      dir: scratchDir(),
      database: state.url,
      now: NOW,
      volatile: true,
      ...more,
    });
    defer(() => emulator.stop());
    // A new account's.
    emulator.services.lambda.concurrency.account = 10;
    for (const login of LOGINS) {
      const value = JSON.stringify({ username: login, password: passwordOf(PASSWORDS, login) });
      const arn = `arn:aws:secretsmanager:${region}:012345678901:secret:commercial-ops/${login}-AbCdEf`;
      await emulator.services.secrets.putSecret(arn, `commercial-ops/${login}`, value);
    }
    return emulator;
  };
  const here = await open('us-east-1');
  const there = await open('eu-central-1', { account: here });
  return { here, there };
});

/** Defined after the account, and so dropped after its functions have ended. */
const ledgers = [bootPlace(), bootPlace(), bootPlace()];

interface Deployed {
  readonly emulator: Emulator;
  readonly region: string;
  readonly prefix: string;
  readonly pool: Pool;
}
const stacks: Deployed[] = [];

async function deploy(
  stack: TemplateAndAssets,
  which: 'here' | 'there',
  prefix: string,
  ledger: number,
): Promise<void> {
  const { place, pool } = ledgers[ledger] ?? {};
  if (!place || !pool) throw new Error(`there is no ledger ${ledger}`);
  const url = new URL(place.databases.ledger);
  const emulator = account[which];
  await emulator.deploy({
    stackName: `commercial-ops-${prefix}`,
    ...stack,
    environment: (variables) => {
      const settings = JSON.parse(variables['RESPONDER_SETTINGS'] ?? '{}') as { ledger: object };
      const there = { port: Number(url.port), database: url.pathname.slice(1) };
      const told = { ...settings, ledger: { ...settings.ledger, ...there } };
      return { ...variables, RESPONDER_SETTINGS: JSON.stringify(told) };
    },
  });
  stacks.push({ emulator, region: which === 'here' ? 'us-east-1' : 'eu-central-1', prefix, pool });
}

/** What there is by name, in all services that keep names. */
const namesIn = ({ services }: Emulator): string[] => [
  ...services.iam.allRoles().map(({ name }) => name),
  ...services.s3.allBuckets().map(({ name }) => name),
  ...services.lambda.functions.all().map(({ name }) => name),
  ...services.sns.topics.all().map(({ arn }) => arn),
  ...services.sqs.queues.all().map(({ arn }) => arn),
  ...services.logs.groups.all().map(({ name }) => name),
  ...services.cloudwatch.alarms.all().map(({ settings }) => settings.name),
  ...services.scheduler.schedules.all().map(({ name }) => name),
];

test('a first deployment that fails leaves nothing behind; the second try succeeds', async () => {
  const stack = await templateFor({ config: example('first') });
  const { here } = account;
  const before = namesIn(here);
  // Somebody has reserved what a new account cannot give.
  const failing = structuredClone(stack.template) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  const [last] = Object.values(failing.Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .slice(-1);
  if (last) last.Properties['ReservedConcurrentExecutions'] = 5;
  await expect(deploy({ ...stack, template: failing }, 'here', 'first', 0)).rejects.toThrow(
    /ReservedConcurrentExecutions .* below its minimum value of \[10\]/,
  );
  expect(namesIn(here)).toEqual(before);

  await deploy(stack, 'here', 'first', 0);
  await expect(
    here.deploy({ stackName: 'another', ...stack, environment: (variables) => variables }),
  ).rejects.toThrow(/already exists/);
});

test('a second instance stands beside it, and a third under the first’s name in a second Region', async () => {
  await deploy(await templateFor({ config: example('second') }), 'here', 'second', 1);
  await deploy(await templateFor({ config: example('first') }), 'there', 'first', 2);
  for (const { emulator, prefix } of stacks) {
    const migrated = await emulator.services.lambda.invoke({
      function: `${prefix}-migrate`,
      type: 'RequestResponse',
      payload: {},
    });
    expect(migrated.functionError).toBeUndefined();
  }
});

test('one alarm travels the whole way in each, and in no other', async () => {
  expect(stacks).toHaveLength(3);
  for (const emulator of [account.here, account.there]) {
    emulator.measure();
    emulator.resume();
  }
  for (const [index, { emulator, region, prefix, pool }] of stacks.entries()) {
    const runs = async ({ pool: of }: Deployed): Promise<unknown[]> =>
      (
        await of.query<{ playbook: string; ended: boolean }>(
          `select playbook, ended_at is not null as ended from responder.run
           where playbook = 'budget-stale' and request #>> '{cause,alarm,arn}' like $1`,
          [`arn:aws:cloudwatch:${region}:012345678901:alarm:${prefix}-budget-stale%`],
        )
      ).rows;
    await pool.query(`update budget_master set last_refreshed_at = $1`, [
      new Date(emulator.clock.now().getTime() - 30 * 3_600_000),
    ]);
    const limit = new Date(emulator.clock.now().getTime() + 3 * 3_600_000);
    const ended = await emulator.clock.advanceUntil(
      async () => JSON.stringify(await runs(stacks[index] as Deployed)).includes('true'),
      limit,
    );
    expect({ prefix, region, ended }).toEqual({ prefix, region, ended: true });
    const told = emulator.services.sns.messages
      .all()
      .filter(
        ({ topicArn, message }) =>
          topicArn === `arn:aws:sns:${region}:012345678901:commercial-ops-${prefix}-sre` &&
          /budget-stale/.test(message.split('\n')[0] ?? ''),
      );
    expect(told.flatMap(({ to }) => to)).toContain('sre@example.org');
    // Nobody else has heard of it.
    for (const other of stacks) if (other.pool !== pool) expect(await runs({ ...other })).toEqual([]);
  }
});

test('a stack that is thrown away can be deleted once its buckets are empty, and its names are free again', async () => {
  const config = { ...(example('gone') as object), keepData: false };
  const stack = await templateFor({ config });
  const { here } = account;
  const { s3 } = here.services;
  const before = namesIn(here);
  const place = '012345678901-us-east-1';
  for (const round of ['once', 'and again']) {
    await deploy(stack, 'here', 'gone', 0);
    // The responder's own queries leave their results, in a bucket without versions.
    await s3.put(`commercial-ops-gone-athena-${place}`, 'results/one.csv', Buffer.from(round));
    for (const bucket of [`commercial-ops-gone-${place}`, `commercial-ops-gone-anchors-${place}`]) {
      await s3.put(bucket, 'daily/one', Buffer.from(round));
      await s3.put(bucket, 'daily/one', Buffer.from('replaced'));
      await s3.delete(bucket, 'daily/one');
    }
    await expect(here.undeploy('commercial-ops-gone')).rejects.toThrow(
      /bucket you tried to delete is not empty/,
    );
    const file = join(scratchDir(), 'my.json');
    const empty = (keepData: boolean): ReturnType<typeof runScript> => {
      writeFileSync(file, JSON.stringify({ ...config, keepData }));
      return runScript(['scripts/empty.ts', '--responder', file], {
        cwd: ROOT,
        env: {
          PATH: process.env['PATH'],
          HOME: '/nonexistent',
          AWS_ENDPOINT_URL: here.endpoint,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: here.credentials.root.accessKeyId,
          AWS_SECRET_ACCESS_KEY: here.credentials.root.secretAccessKey,
        },
      });
    };
    if (round === 'once')
      expect(await empty(true)).toMatchObject({
        code: 1,
        err: matching(/"keepData" of .* is true/),
      });
    expect(await empty(false)).toMatchObject({
      code: 0,
      out: [
        `commercial-ops-gone-${place}: deleted 3 versions\n`,
        `commercial-ops-gone-anchors-${place}: deleted 3 versions\n`,
        `commercial-ops-gone-athena-${place}: deleted 1 version\n`,
      ].join(''),
    });
    await here.undeploy('commercial-ops-gone');
    expect(namesIn(here)).toEqual(before);
  }
});
