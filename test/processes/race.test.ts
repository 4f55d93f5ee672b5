import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { LockSet } from '../../lambdas/record/locks.ts';
import { costs, inventory, invoice, invoices, overlaps } from '../../lambdas/domain/lock-names.ts';
import { freshLedger, type TestLedger } from '../support/ledger.ts';
import type { Go, Prepare, Told } from './racer.ts';

/**
 * Two runners in processes of their own, on one ledger: whatever they want, whenever they come, and whichever of them
 * dies with its locks in hand, never do both act on the same.
 */
const ROUNDS = 200;
const LEASE_MS = 120 * 60_000;
const PLAYBOOKS = ['cur-freshness', 'invoice-lag'] as const;

let ledger: TestLedger;
let racers: readonly ChildProcess[];
beforeAll(async () => {
  ledger = await freshLedger();
  await ledger.admin.query(`
    create table public.acting (id serial primary key, round int not null, run text not null,
                                began_at timestamptz not null default clock_timestamp(), ended_at timestamptz);
    grant all on public.acting, public.acting_id_seq to responder`);
  racers = PLAYBOOKS.map(() =>
    fork(join(import.meta.dirname, 'racer.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { PATH: process.env.PATH, RACE_LEDGER: ledger.url },
    }),
  );
});
afterAll(async () => {
  await Promise.all(
    racers.map(async (racer) => {
      const exited = once(racer, 'exit');
      racer.disconnect();
      await exited;
    }),
  );
  await ledger.close();
});

const resource = fc.constantFrom(
  costs('2026-10'),
  costs('2026-11'),
  inventory,
  invoices('2026-11'),
  // Both parts of the month above; the name of one begins with the other's.
  invoice('2026-11', 'TEN-1'),
  invoice('2026-11', 'TEN-11'),
);
const lockSet: fc.Arbitrary<LockSet> = fc
  .uniqueArray(fc.tuple(resource, fc.boolean()), { minLength: 1, maxLength: 3, selector: ([name]) => name })
  .map((wanted) => ({
    writes: wanted.flatMap(([name, write]) => (write ? [name] : [])),
    reads: wanted.flatMap(([name, write]) => (write ? [] : [name])),
  }));

/** By the names alone, apart from the statement that the product asks with. */
const clash = (a: LockSet, b: LockSet): boolean =>
  [
    [a.writes, b.writes],
    [a.writes, b.reads],
    [a.reads, b.writes],
  ].some(([mine = [], theirs = []]) => mine.some((one) => theirs.some((other) => overlaps(one, other))));

const round = fc.record({
  sets: fc.tuple(lockSet, lockSet),
  /** One of the two claims and dies; the other comes when the lease has run out, or while it has not. */
  dead: fc.constantFrom(undefined, undefined, 0 as const, 1 as const),
  leaseIsOver: fc.boolean(),
});
type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;

/** A request to each of the two at once, and both answers. */
async function both<T>(message: (i: 0 | 1) => Prepare | Go): Promise<[T, T]> {
  const answers = await Promise.all(
    racers.map(async (racer, i) => {
      const answer = once(racer, 'message') as Promise<[T]>;
      racer.send(message(i as 0 | 1));
      return (await answer)[0];
    }),
  );
  return answers as [T, T];
}

async function run(number: number, { sets, dead, leaseIsOver }: Round): Promise<[Told, Told]> {
  // Days apart: what a round leaves behind is long over.
  const base = Date.UTC(2026, 0, 1 + number);
  const ready = await both<{ ready: boolean }>((i) => ({
    say: 'prepare',
    round: number,
    playbook: PLAYBOOKS[i],
    locks: sets[i],
    base,
    claims: dead === i,
  }));
  expect(ready).toEqual([{ ready: true }, { ready: true }]);
  const startAt = Date.now() + 3;
  const later = dead === undefined ? 0 : leaseIsOver ? LEASE_MS : LEASE_MS / 2;
  return both<Told>(() => ({ say: 'go', startAt, later }));
}

/** Pairs that acted at the same time, by the database's clock. */
const AT_ONCE = `
select a.round, count(*)::int as pairs from public.acting a join public.acting b
on a.round = b.round and a.id < b.id and a.began_at < b.ended_at and b.began_at < a.ended_at
group by a.round order by a.round`;

test(`${ROUNDS} rounds: never are both acting on the same`, async () => {
  const rounds = fc.sample(round, { numRuns: ROUNDS, seed: 20_261_123 });
  const told: [Told, Told][] = [];
  for (const [i, one] of rounds.entries()) told.push(await run(i, one));
  const { rows } = await ledger.admin.query<{ round: number }>(AT_ONCE);
  const atOnce = new Set(rows.map((row) => row.round));

  const all = rounds.map((one, i) => ({ ...one, i, clash: clash(...one.sets), told: told[i] ?? [] }));
  const clashing = all.filter((one) => one.clash);
  expect(clashing.filter(({ i, told }) => atOnce.has(i) || told.some(({ saw }) => saw > 0))).toEqual([]);

  // Both come to it in the end; but a dead one whose lease has run out.
  for (const { told, dead, leaseIsOver, clash } of all) {
    const zombie = leaseIsOver ? dead : undefined;
    expect(told.map(({ acted }) => acted)).toEqual([zombie !== 0, zombie !== 1]);
    if (!clash) expect(told.map(({ first }) => first)).toEqual([zombie !== 0, zombie !== 1]);
    // Taken over at once.
    if (clash && zombie !== undefined) expect(told[1 - zombie]?.first).toBe(true);
    // As long as the lease goes on, nobody takes over.
    if (clash && dead !== undefined && !leaseIsOver) expect(told[dead]?.first).toBe(true);
  }

  // Each of them was granted at once, and refused at first, often enough; and where they may, they act side by side.
  for (const i of [0, 1] as const) {
    const first = clashing.filter(({ dead }) => dead === undefined).map(({ told }) => told[i]?.first);
    expect(first.filter((granted) => granted).length).toBeGreaterThan(5);
    expect(first.filter((granted) => !granted).length).toBeGreaterThan(5);
  }
  expect(all.filter(({ i, clash }) => !clash && atOnce.has(i)).length).toBeGreaterThan(5);
  expect(
    clashing.filter(({ dead, leaseIsOver }) => dead !== undefined && leaseIsOver).length,
  ).toBeGreaterThan(15);
});
