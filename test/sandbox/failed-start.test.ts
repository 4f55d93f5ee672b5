import { createServer, type AddressInfo } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { Emulator } from '../../emulator/emulator.ts';
import { SecretsManager } from '../../emulator/aws/secrets-manager.ts';
import { Sqs } from '../../emulator/aws/sqs.ts';
import { Store } from '../../emulator/kernel/store.ts';
import { Lambda } from '../../emulator/lambda/lambda.ts';
import { eventually } from '../../emulator/test/support/eventually.ts';
import { AuditWriter } from '../../sandbox/commercial-ops/audit-writer.ts';
import { CommercialOps } from '../../sandbox/commercial-ops/commercial-ops.ts';
import { RunnerFleet } from '../../sandbox/commercial-ops/runner-fleet.ts';
import { People } from '../../sandbox/people.ts';
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { openPool } from '../../emulator/test/support/postgres.ts';
import { bootPlace } from '../support/world.ts';

const booted = bootPlace();
afterEach(() => jest.restoreAllMocks());

const FAILURE = new Error('it fails here');
type Change = Partial<SandboxOptions>;

/** A port that somebody else listens on until the test is over. */
const taken: (() => unknown)[] = [];
afterEach(() => taken.splice(0).forEach((free) => free()));
async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  taken.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A world that is not there yet, as the first start finds it. */
const unseeded = (): void => void jest.spyOn(CommercialOps.prototype, 'seeded', 'get').mockReturnValue(false);
const failing = (method: jest.SpyInstance): void =>
  void method.mockImplementation(() => {
    throw FAILURE;
  });

/** Each part of a start, in order, and how it is made to fail. */
const STAGES: readonly (readonly [string, () => Change | void | Promise<Change>])[] = [
  ['the emulator’s memory is read', () => failing(jest.spyOn(Store, 'open'))],
  ['the endpoint listens', async () => ({ port: await takenPort() })],
  ['the group of the runners is made', () => failing(jest.spyOn(RunnerFleet.prototype, 'ensure'))],
  ['the way to the ledger listens', async () => ({ ledgerPort: await takenPort() })],
  [
    'the places of Commercial-Ops are made',
    () => {
      unseeded();
      failing(jest.spyOn(Sqs.prototype, 'createQueue'));
    },
  ],
  [
    'the world is seeded',
    () => {
      unseeded();
      failing(jest.spyOn(CommercialOps.prototype, 'seed'));
    },
  ],
  ['the secrets are kept', () => failing(jest.spyOn(SecretsManager.prototype, 'putSecret'))],
  ['the stack is deployed', () => failing(jest.spyOn(Emulator.prototype, 'deploy'))],
  ['people get their keys', () => failing(jest.spyOn(People.prototype, 'ensure'))],
  [
    'the record is migrated',
    async () => {
      const state = openPool(booted.place.databases.state);
      // A first deployment: what is made already is not asked for again.
      await state.query(`delete from item where kind = 'provision.resource' and key like '% MigratingDone%'`);
      await state.end();
      failing(jest.spyOn(Lambda.prototype, 'invoke'));
    },
  ],
  ['measuring begins', () => failing(jest.spyOn(Emulator.prototype, 'measure'))],
  ['the runners start', () => failing(jest.spyOn(RunnerFleet.prototype, 'start'))],
  ['the audit writer starts', () => failing(jest.spyOn(AuditWriter.prototype, 'start'))],
  ['what was left unfinished goes on', () => failing(jest.spyOn(Emulator.prototype, 'resume'))],
];

/** Children of this process that still run. */
const children = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const [, parent] = /\) [RSDTtWI] (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
        return Number(parent) === process.pid ? [Number(pid)] : [];
      } catch {
        return [];
      }
    });
/** Sockets, servers and pipes that keep this process alive. */
const open = (): string[] =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|Pipe|Process/.test(kind))
    .sort();
const connections = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and application_name <> $1`;

test.each(STAGES)('a start that fails while %s leaves nothing behind', async (_, fail) => {
  const { place, pool } = booted;
  const name = pool.options.application_name ?? '';
  await pool.query('select 1');
  const before = { children: children(), open: open() };
  const change = (await fail()) ?? {};
  const withTaken = open();
  const timers = jest.spyOn(global, 'setInterval');
  const starting = Sandbox.start({ volatile: true, ...place, prepared: false, ...change });
  await expect(starting).rejects.toThrow(/it fails here|EADDRINUSE/);
  await eventually(
    'all children to end',
    () => children().every((pid) => before.children.includes(pid)),
    5_000,
  );
  await eventually('all sockets to close', () => open().length <= withTaken.length, 5_000);
  await eventually(
    'all connections to the ledger to end',
    async () => (await pool.query<{ count: number }>(connections, [name])).rows[0]?.count === 0,
    5_000,
  );
  expect(timers.mock.results.filter(({ value }) => isOn(value as NodeJS.Timeout))).toEqual([]);
  jest.restoreAllMocks();
});

const isOn = (timer: NodeJS.Timeout & { _destroyed?: boolean }): boolean =>
  timer._destroyed !== true && timer.hasRef();

test('and what was there before can be opened as if nothing had been', async () => {
  const sandbox = await Sandbox.start({ volatile: true, ...booted.place });
  expect(sandbox.services.commercialOps.seeded).toBe(true);
  await sandbox.stop();
});
