import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Databases } from '../../emulator/postgres/databases.ts';
import { atEnd } from '../command/endings.ts';
import { ownServer } from '../command/own-server.ts';
import { parentOf, treeCpuSeconds } from './cpu.ts';
import { median } from './growth.ts';
import { newLedger, type NewLedger } from './new-ledger.ts';
import type { Figure, Part } from './part.ts';
import { pairedRounds, ratioOf, type Ratio } from './rounds.ts';
import { CONTENDERS, type Contender, type Given, type Order, type Reply } from './work/contender.ts';
import { startServices, type Services } from './work/services.ts';
import { TABLES } from './work/tables.ts';

/** What one alarm cost in one round. */
interface Round {
  readonly p50Ms: number;
  readonly perSecond: number;
  /** Of the contender's process and PostgreSQL. */
  readonly cpuMs: number;
  readonly writes: number;
  readonly walBytes: number;
  readonly calls: number;
}

interface Kills {
  readonly killed: number;
  /** Alarms whose outcome nobody knows. */
  readonly lost: number;
  /** Alarms whose job was started twice. */
  readonly twice: number;
}

const FLOOR: Contender = 'claim first';
const AT_A_TIME = 32;

/** The same work by hand-written scripts and by the product, on one PostgreSQL. */
export const work: Part = {
  name: 'work',
  about: 'the same work by a hand-written script and by the engine, its executions in the same PostgreSQL',
  async run({ rounds, seed, short }) {
    const { place } = await ownServer('bench');
    const databases = new Databases(place.server);
    const ledger = await newLedger(databases, `${place.prefix}_work`, place.passwords);
    const services = await startServices();
    const fields: Field = { ledger, services, url: databases.urlOf(`${place.prefix}_work`), next: 0 };
    try {
      await ledger.admin.query(TABLES);
      const measured = await measureAll(fields, { rounds: short ? 2 : rounds, seed, count: short ? 8 : 30 });
      const kills = await killAll(fields, short ? 5 : 20);
      return resultOf(measured, kills);
    } finally {
      await Promise.all([ledger.admin.end(), ledger.owner.end(), services.stop()]);
    }
  },
};

interface Field {
  readonly ledger: NewLedger;
  readonly services: Services;
  readonly url: string;
  next: number;
}

const alarmsOf = (field: Field, count: number): string[] =>
  Array.from({ length: count }, () => `bench-${(field.next += 1)}`);

async function measureAll(
  field: Field,
  { count, ...order }: { rounds: number; seed: number; count: number },
): Promise<Record<Contender, Round[]>> {
  const processes = Object.fromEntries(CONTENDERS.map((name) => [name, startProcess(field, name)])) as Record<
    Contender,
    Contending
  >;
  try {
    // Compiled code and connections: what is measured is warm.
    for (const name of CONTENDERS) await processes[name].send(workOn(alarmsOf(field, AT_A_TIME), AT_A_TIME));
    return await pairedRounds(CONTENDERS, order, (name) => measureRound(field, processes[name], count));
  } finally {
    for (const name of CONTENDERS) await processes[name].stop();
  }
}

const workOn = (alarms: readonly string[], atATime: number): Order => ({ kind: 'work', alarms, atATime });

async function measureRound(field: Field, contending: Contending, count: number): Promise<Round> {
  const { ledger, services } = field;
  const before = await countersOf(ledger.admin);
  const calls = services.calls;
  const alone = await contending.send(workOn(alarmsOf(field, count), 1));
  const after = await countersOf(ledger.admin);
  const called = services.calls - calls;
  const many = 2 * AT_A_TIME;
  const together = await contending.send(workOn(alarmsOf(field, many), AT_A_TIME));
  const failed = [...alone.failed, ...together.failed];
  if (failed.length > 0) throw new Error(`${failed.length} alarms could not be handled: ${failed[0]}`);
  return {
    p50Ms: median(alone.latencies),
    perSecond: (1_000 * many) / together.wallMs,
    cpuMs: (alone.cpuMs + 1_000 * (after.cpuSeconds - before.cpuSeconds)) / count,
    // Reading the counter is a writing transaction, too.
    writes: (after.transaction - before.transaction - 1) / count,
    walBytes: (after.wal - before.wal) / count,
    calls: called / count,
  };
}

interface Counters {
  readonly transaction: number;
  readonly wal: number;
  readonly cpuSeconds: number;
}

async function countersOf(admin: Pool): Promise<Counters> {
  const { rows } = await admin.query<{ transaction: string; wal: string; backend: number }>(
    `select pg_current_xact_id()::text as transaction, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as wal, pg_backend_pid() as backend`,
  );
  const [row] = rows;
  const cpuSeconds = treeCpuSeconds(parentOf(row?.backend ?? 0));
  return { transaction: Number(row?.transaction), wal: Number(row?.wal), cpuSeconds };
}

interface Contending {
  readonly child: ChildProcess;
  send(order: Order): Promise<Reply>;
  stop(): Promise<void>;
}

function startProcess({ ledger, services, url }: Field, contender: Contender): Contending {
  const given: Given = {
    contender,
    url,
    runnerUrl: ledger.urlFor('responder_runner'),
    services: services.url,
  };
  const child = fork(join(import.meta.dirname, 'work', 'process.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      BENCH_CONTENDER: JSON.stringify(given),
      AWS_ENDPOINT_URL: services.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDBENCH',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  atEnd(`the process of "${contender}"`, async () => void child.kill('SIGKILL'));
  return {
    child,
    async send(order) {
      child.send(order);
      const over = new AbortController();
      const { signal } = over;
      const ended = once(child, 'exit', { signal }).then(() => {
        throw new Error(`the process of "${contender}" has ended: its output says why`);
      });
      const [reply] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Reply];
      ended.catch(() => undefined);
      over.abort();
      return reply;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** All are killed in the job's call; a new process resumes, and each alarm comes again, as SNS delivers at least once. */
async function killAll(field: Field, count: number): Promise<Record<string, Kills>> {
  const left: Record<string, Kills> = {};
  for (const contender of ['claim first', 'no claim', 'engine'] as const) {
    const { services, ledger } = field;
    const alarms = alarmsOf(field, count);
    const first = startProcess(field, contender);
    const inCall = services.holdJobs(count);
    const ended = first.send(workOn(alarms, count)).then(
      ({ failed }) => {
        throw new Error(`"${contender}" ended without an answer of the job: ${failed[0] ?? ''}`);
      },
      // Killed.
      () => undefined,
    );
    await Promise.race([inCall, ended]);
    await first.stop();
    services.answerJobs();
    const second = startProcess(field, contender);
    await second.send({ kind: 'resume' });
    await second.send(workOn(alarms, count));
    await second.stop();
    const { rows } = await ledger.admin.query<{ alarm: string }>(
      `select alarm from bench.outcome where alarm = any($1)
       union select target ->> 'alarm' from responder.run where target ->> 'alarm' = any($1) and outcome = 'resolved'`,
      [alarms],
    );
    left[contender] = {
      killed: count,
      lost: count - rows.length,
      twice: alarms.filter((alarm) => (services.jobs.get(alarm) ?? 0) > 1).length,
    };
  }
  return left;
}

const ratio = (measured: Record<Contender, Round[]>, of: Contender, key: keyof Round): Ratio =>
  ratioOf(
    measured[of].map((round) => round[key]),
    measured[FLOOR].map((round) => round[key]),
  );

function resultOf(measured: Record<Contender, Round[]>, kills: Record<string, Kills>) {
  const exact = (of: Contender, key: keyof Round): number => median(measured[of].map((round) => round[key]));
  const again = (key: keyof Round, name: string): Figure => ({
    name: `${name}: the floor against itself`,
    ...ratio(measured, 'claim first again', key),
    unit: '×',
  });
  const against = (key: keyof Round, name: string, target?: Figure['target'], missed?: string): Figure => ({
    name: `${name}: engine ÷ floor`,
    ...ratio(measured, 'engine', key),
    unit: '×',
    ...(target && { target }),
    ...(missed !== undefined && { missed }),
  });
  const figures: Figure[] = [
    again('p50Ms', 'p50 of an alarm'),
    against('p50Ms', 'p50 of an alarm', { most: 2 }, CALLS),
    again('cpuMs', 'CPU an alarm'),
    against('cpuMs', 'CPU an alarm', { most: 2 }, CALLS),
    again('perSecond', 'alarms a second'),
    against('perSecond', 'alarms a second', { least: 0.5 }, CALLS),
    {
      name: 'writing transactions an alarm, floor',
      value: exact(FLOOR, 'writes'),
      unit: '',
    },
    {
      name: 'writing transactions an alarm, engine with its executions',
      value: exact('engine', 'writes'),
      unit: '',
      target: { most: 5 },
      missed: CHECKPOINTS,
    },
    against('walBytes', 'WAL an alarm'),
    ...Object.entries(kills).flatMap(([name, { killed, lost, twice }]): Figure[] => [
      {
        name: `of ${killed} killed in the job's call, never ended: ${name}`,
        value: lost,
        unit: '',
        ...(name === 'engine' && { target: { most: 0 } }),
      },
      {
        name: `of ${killed} killed in the job's call, job started twice: ${name}`,
        value: twice,
        unit: '',
        ...(name === 'engine' && { target: { most: 0 } }),
      },
    ]),
  ];
  const columns: readonly (keyof Round)[] = ['p50Ms', 'perSecond', 'cpuMs', 'writes', 'walBytes', 'calls'];
  return {
    figures,
    measured: { rounds: measured, kills },
    lines: [
      `${'medians'.padEnd(20)}${['p50 ms', 'alarms/s', 'CPU ms', 'writes', 'WAL bytes', 'calls'].map((one) => one.padStart(11)).join('')}`,
      ...CONTENDERS.map(
        (name) => name.padEnd(20) + columns.map((key) => exact(name, key).toFixed(1).padStart(11)).join(''),
      ),
    ],
    ok: kills['engine']?.lost === 0 && kills['engine'].twice === 0,
  };
}

const CALLS =
  'beside the work it asks its guards, keeps evidence in S3 and reads it back, assumes a role for the one action, audits, and calls people: see the calls and commits of each in the table of the command';
const CHECKPOINTS =
  'each durable step is committed before the next begins; on AWS the service keeps these, and the ledger has the other three';
