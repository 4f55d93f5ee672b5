import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { lastingKey, type LastingKey } from '../../emulator/kernel/credentials.ts';
import { NOW } from '../support/world.ts';
import { environment, ROOT, startChild } from './child-sandbox.ts';
import { descendantsOf, mentioning, survivorsOf } from './process-table.ts';

/** `sandbox/main.ts` with PostgreSQL of its own, as people start it. */
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'responder-main-'));
  // PostgreSQL runs as a user of its own when we are root, and keeps its data in there.
  chmodSync(dir, 0o755);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('ended by SIGTERM it leaves no process, and the next one finds the world as it was', async () => {
  const first = await startChild(undefined, ['--dir', dir, '--now', NOW.toISOString()]);
  expect(statSync(first.keys).mode & 0o777).toBe(0o600);
  const keys = JSON.parse(readFileSync(first.keys, 'utf8')) as { root: LastingKey; ledger: string };
  const said = JSON.stringify(first);
  for (const secret of [keys.root.secretAccessKey, new URL(keys.ledger).password])
    expect(said).not.toContain(secret);
  const callerBy = async (credentials: LastingKey): Promise<unknown> => {
    const sts = new STSClient({
      endpoint: first.endpoint,
      region: 'us-east-1',
      credentials: { ...credentials },
    });
    return sts.send(new GetCallerIdentityCommand({})).then(
      ({ Arn }) => Arn,
      (error: Error) => error.name,
    );
  };
  expect(await callerBy(keys.root)).toBe('arn:aws:iam::012345678901:root');
  expect(await callerBy({ ...keys.root, secretAccessKey: 'any' })).toBe('SignatureDoesNotMatch');
  expect(await callerBy(lastingKey())).toBe('InvalidClientTokenId');
  await first.post('settle');
  const before = await first.state();
  const workers = await descendantsOf(first.pid);
  const postgres = await mentioning(`-D ${dir}`);
  expect(
    Object.values(before.workers)
      .flat()
      .every((pid) => workers.includes(pid)),
  ).toBe(true);
  expect(workers.length).toBeGreaterThan(0);
  expect(postgres).toHaveLength(1);
  expect(await first.ended('SIGTERM')).toBe(0);
  expect(await survivorsOf([first.pid, ...workers, ...postgres], 0)).toEqual([]);

  const second = await startChild(undefined, ['--dir', dir, '--now', '2031-01-01T00:00:00Z']);
  expect(JSON.parse(readFileSync(second.keys, 'utf8'))).toMatchObject({ root: keys.root });
  const after = await second.state();
  expect(after.alarms.map(({ name, state }) => [name, state])).toEqual(
    before.alarms.map(({ name, state }) => [name, state]),
  );
  // The clock goes on; --now is for a new world only.
  expect(after.now).toBe(before.now);
  const all = [second.pid, ...(await descendantsOf(second.pid)), ...(await mentioning(`-D ${dir}`))];
  // As when whoever started it dies.
  second.untether();
  expect(await second.ended()).toBe(0);
  expect(await survivorsOf(all, 0)).toEqual([]);
});

test('the control routes answer a mistake with what is wrong and an example of what is right', async () => {
  const child = await startChild(undefined, ['--dir', dir]);
  const post = async (route: string, body: string): Promise<[number, unknown]> => {
    const response = await fetch(`${child.endpoint}/_sandbox/${route}`, { method: 'POST', body });
    return [response.status, await response.json()];
  };
  try {
    expect(await post('fault', '{"name":"nonsense"}')).toMatchObject([
      400,
      { error: expect.stringContaining('not-ingested') as string, example: { name: 'not-ingested' } },
    ]);
    expect(await post('fault', 'name=x')).toMatchObject([
      400,
      { error: expect.stringContaining('not JSON') as string },
    ]);
    expect(await post('advance', '{}')).toMatchObject([
      400,
      {
        error: expect.stringContaining('either minutes or until') as string,
        example: { until: 'runs-ended' },
      },
    ]);
    expect(await post('advance', '{"until":"christmas"}')).toMatchObject([
      400,
      { error: expect.stringContaining('"glue-running"') as string },
    ]);
    expect(await post('crash', '{"at":"noon"}')).toMatchObject([
      400,
      { error: expect.stringContaining('"diagnosing"') as string, example: { at: 'diagnosing' } },
    ]);
    expect(await post('nowhere', '')).toMatchObject([404, { routes: expect.any(Array) as unknown }]);
    expect(await post('advance', '{"until":"runs-ended","limitMinutes":3}')).toMatchObject([
      200,
      { reached: false },
    ]);
  } finally {
    expect(await child.ended('SIGINT')).toBe(0);
  }
});

test('every mistake in its options is told at once, and no password', () => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    [join(ROOT, 'sandbox/main.ts'), '--now', 'yesterday', '--port', '70000'],
    { env: { ...environment(), SANDBOX_DATABASES: '{"ledger":"mysql://u:secret@h/d"}' }, encoding: 'utf8' },
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  for (const part of [
    '--dir is missing',
    '"yesterday"',
    '"70000"',
    'SANDBOX_DATABASES.ledger',
    'SANDBOX_DATABASES.state',
  ])
    expect(stderr).toContain(part);
  expect(stderr).not.toContain('secret');
});
