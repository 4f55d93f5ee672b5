import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { KeptMessage } from '../../emulator/aws/sns.ts';
import type { FunctionSpec } from '../../emulator/lambda/functions.ts';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import { booted, using, type Booting, type Defer } from '../../emulator/test/support/booted.ts';
import { databasesOfRun, openPool, prefixOfRun, testFile } from '../../emulator/test/support/postgres.ts';
import { createRecordReader, type RunStatus } from '../../lambdas/record/read.ts';
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import { copyWorld, type WorldCopy, type WorldKind } from '../../sandbox/world-template.ts';
import { StandingPorts } from '../../scripts/drill/standing-ports.ts';
import type { HandedOn } from './environment.ts';
import { PASSWORDS } from './ledger.ts';
import { noteRights } from './note-rights.ts';

export { NOW } from '../../sandbox/world-template.ts';

export interface WorldOptions extends Partial<Omit<SandboxOptions, 'dir' | 'databases' | 'seed'>>, WorldKind {
  /** `off`: no schedule starts anything, but those whose names match; so no signals, and no alarm. */
  readonly schedules?: 'off' | RegExp;
  /** What its functions remember of it is wrong in the next file's world: they end with it. */
  readonly coldAfterwards?: boolean;
  /** What has happened in it. */
  readonly holds?: (world: World) => unknown;
}

/** A booted sandbox with a healthy Commercial-Ops, isolated from all others, and what tests do in it. */
export interface World extends Sandbox, ReturnType<typeof commonVerbs> {}

/**
 * The world of a test file, or with `each` of every test. Its state is in memory alone, unless `volatile` is false: then
 * it can be restarted. Functions stay warm from one world to the next, as with drills, and nothing else does.
 * @param verbs what the tests do in it besides
 */
export function bootWorld<V extends object = object>(
  { each = false, coldAfterwards = false, ...options }: WorldOptions & Booting = {},
  verbs?: (world: World) => V | Promise<V>,
): World & V {
  const turns = each ? worldsInTurn() : undefined;
  return booted(
    async (defer) => {
      const here = await (turns ? turns.here() : fromTheFileBefore(defer, coldAfterwards));
      const world = await openWorld(defer, { ...options, ...here });
      return Object.assign(world, await verbs?.(world));
    },
    { each },
  );
}

declare global {
  var handedOn: HandedOn;
}

let isTaken = false;

/** For one world at a time; another one beside it has a place of its own. */
async function fromTheFileBefore(defer: Defer, coldAfterwards: boolean) {
  if (isTaken) return {};
  isTaken = true;
  const { ports, warm, copy } = handedOn;
  defer(async () => {
    isTaken = false;
    if (coldAfterwards) await warm.end();
  });
  return { ...(await ports.here()), warm, copy };
}

/** Worlds of which one stands at a time. */
export function worldsInTurn() {
  const ports = new StandingPorts();
  const warm = new WarmWorkers();
  const copy = randomBytes(4).toString('hex');
  const here = async () => ({ ...(await ports.here()), warm, copy });
  const cool = () => warm.end();
  afterAll(cool);
  return {
    here,
    use: <R>(options: WorldOptions, use: (world: World) => Promise<R>): Promise<R> =>
      using(async (defer) => openWorld(defer, { ...options, ...(await here()) }), use),
    /** After one that has broken the platform: the next one starts cold. */
    cool,
  };
}

async function openWorld(
  defer: Defer,
  { copy, settled = false, schedules, holds, ...options }: WorldOptions & { copy?: string },
): Promise<World> {
  const { now, ...others } = options;
  const place = await copyPlace(defer, {
    settled,
    ...(now && { now }),
    ...(copy !== undefined && { copy }),
  });
  let sandbox = await Sandbox.start({ volatile: true, ...options, ...place });
  const stopNoting = await noteRights(sandbox);
  defer(async () => {
    stopNoting();
    await sandbox.stop();
  });
  const restart = async (): Promise<void> => {
    await sandbox.stop();
    sandbox = await Sandbox.start({ ...others, ...place });
    // A world is its sandbox, and more.
    Object.setPrototypeOf(world, sandbox);
  };
  const world: World = Object.assign(
    Object.create(sandbox) as Sandbox,
    commonVerbs(() => sandbox, defer, restart),
  );
  if (schedules !== undefined) {
    const { scheduler } = sandbox.services;
    for (const schedule of scheduler.schedules.all())
      if (schedules === 'off' || !schedules.test(schedule.name))
        await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
  }
  await holds?.(world);
  return world;
}

function commonVerbs(the: () => Sandbox, defer: Defer, restart: () => Promise<void>) {
  const inMinutes = (minutes: number): Date => new Date(the().clock.now().getTime() + minutes * 60_000);
  const run = async (name: string): Promise<RunStatus> => {
    const found = await createRecordReader(the().pool).status(name);
    if (!found) throw new Error(`run ${name} is not on record`);
    return found;
  };
  return {
    /** For what uses the world, and ends before it. */
    defer,
    /** Stops the sandbox, and starts another one on what it has kept. */
    restart,
    inMinutes,
    /** Time passes, and what that started has ended. */
    async pass(minutes: number): Promise<void> {
      await the().clock.advanceTo(inMinutes(minutes));
      await the().clock.idle();
    },

    /** Lets time pass until `condition` holds. @throws naming `what` when it never does */
    async until(what: string, condition: () => boolean | Promise<boolean>, minutes = 150): Promise<void> {
      if (await the().clock.advanceUntil(condition, inMinutes(minutes))) return;
      throw new Error(`waited ${minutes} minutes of the sandbox's time in vain for this: ${what}`);
    },

    /** The run as the record has it. */
    run,

    /** Invokes a function, and gives its answer. @throws its error */
    async call(name: string, payload?: object): Promise<Record<string, unknown>> {
      const { lambda } = the().services;
      const answer = await lambda.invoke({ function: name, type: 'RequestResponse', payload });
      const body = JSON.parse(answer.payload ?? 'null') as Record<string, unknown>;
      if (answer.functionError === undefined) return body;
      throw new Error(String(body['errorMessage']));
    },

    /** Publishes a changed version of a function, and lets its alias `live` name it. */
    deploy(name: string, change: (fn: FunctionSpec) => Partial<FunctionSpec>): void {
      const { lambda } = the().services;
      lambda.updateFunction(name, change(lambda.functions.resolve(name, 'live').fn));
      const { version } = lambda.publishVersion(name);
      lambda.createAlias({ functionName: name, name: 'live', version });
    },

    /** One value of the ledger, as text. */
    ask: (sql: string, values?: unknown[]) => ask(the().pool, sql, values),

    /** Messages to a topic such as `commercial-ops-sre`, oldest first. */
    notices: (topic: string, subject = /./): KeptMessage[] =>
      the()
        .services.sns.messages.all()
        .filter((message) => message.topicArn.endsWith(`:${topic}`) && subject.test(message.subject ?? '')),

    /** The lines of a function's log group, without Lambda's own. */
    logged: (functionName: string): string[] =>
      the()
        .services.logs.events(`/aws/lambda/${functionName}`)
        .map(({ message }) => message)
        .filter((line) => !/^(START|END|REPORT) /.test(line)),
  };
}

/** One value of the ledger, as text. */
export async function ask(pool: Pool, sql: string, values: unknown[] = []): Promise<string | null> {
  const { rows } = await pool.query<Record<string, string | number | boolean | null>>(sql, values);
  const value = Object.values(rows[0] ?? {})[0] ?? null;
  return value === null ? null : String(value);
}

/** What a sandbox needs to start on a world of its own; for another process, or for a second one. */
export type Place = WorldCopy['world'];

/** A world that nobody runs yet, and a pool on its one database. */
export const bootPlace = (booting: Booting = {}): { place: Place; pool: Pool; defer: Defer } =>
  booted(async (defer) => {
    const place = await copyPlace(defer);
    const pool = openPool(place.databases.ledger);
    defer(() => pool.end());
    return { place, pool, defer };
  }, booting);

/** @param kind.copy the name of its database, for worlds that come one after another; by default another each time */
async function copyPlace(
  defer: Defer,
  { copy, ...kind }: WorldKind & { copy?: string } = {},
): Promise<Place> {
  const place = {
    databases: databasesOfRun(),
    prefix: prefixOfRun(),
    // Within what the run's PostgreSQL takes away when it ends.
    dir: join(dirOfRun(), 'worlds'),
    passwords: PASSWORDS,
    owner: testFile(),
    ...(copy !== undefined && { copy }),
  };
  const { world, drop } = await copyWorld(place, kind);
  defer(drop);
  return world;
}

export function dirOfRun(): string {
  const dir = process.env['TEST_POSTGRES_DIR'];
  if (!dir) throw new Error('TEST_POSTGRES_DIR is not set: see globalSetup in jest.config.js');
  return dir;
}
