import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as fc from 'fast-check';
import type { LockSet } from '../../lambdas/record/locks.ts';
import { costs, inventory, invoice, invoices, overlaps } from '../../lambdas/domain/lock-names.ts';
import { booted } from '../../emulator/test/support/booted.ts';
import { freshLedger } from '../support/ledger.ts';
import { LEASE_MS, type Go, type Prepare, type Step, type Stepped, type Told } from './racer.ts';

/**
 * Two runners in processes of their own, on one ledger: whatever they want, whenever they come, and whichever of them
 * dies with its locks in hand, never do both act on the same.
 */
const ROUNDS = 200;
const PLAYBOOKS = ['cur-freshness', 'invoice-lag'] as const;

const race = booted(async (defer) => {
  const ledger = await freshLedger(defer, {
    holds: `
      create table public.acting (id serial primary key, round int not null, run text not null,
                                  began_at timestamptz not null default clock_timestamp(), ended_at timestamptz);
      grant all on public.acting, public.acting_id_seq to responder_migrate`,
  });
  const racers = PLAYBOOKS.map((): ChildProcess => {
    const racer = fork(join(import.meta.dirname, 'racer.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: { PATH: process.env.PATH, RACE_LEDGER: ledger.url },
    });
    const exited = once(racer, 'exit');
    defer(() => exited);
    defer(() => racer.disconnect());
    return racer;
  });
  return { ledger, racers };
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

/** A request to one of the two, and its answer. */
async function tell<T>(i: 0 | 1, message: Prepare | Go | Step): Promise<T> {
  const racer = race.racers[i];
  if (!racer) throw new Error(`there is no racer ${i}`);
  const answer = once(racer, 'message') as Promise<[T]>;
  racer.send(message);
  return (await answer)[0];
}

/** To both at once. */
const both = <T>(message: (i: 0 | 1) => Prepare | Go): Promise<[T, T]> =>
  Promise.all([tell<T>(0, message(0)), tell<T>(1, message(1))]);

async function prepare(number: number, { sets, dead }: Pick<Round, 'sets' | 'dead'>): Promise<void> {
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
}

async function run(number: number, one: Round): Promise<[Told, Told]> {
  await prepare(number, one);
  const startAt = Date.now() + 3;
  const later = one.dead === undefined ? 0 : one.leaseIsOver ? LEASE_MS : LEASE_MS / 2;
  return both<Told>(() => ({ say: 'go', startAt, later }));
}

/** Pairs that acted at the same time, by the database's clock. */
const AT_ONCE = `
select a.round, count(*)::int as pairs from public.acting a join public.acting b
on a.round = b.round and a.id < b.id and a.began_at < b.ended_at and b.began_at < a.ended_at
group by a.round order by a.round`;

const runOf = (i: 0 | 1, round: number): string => `${PLAYBOOKS[i]}-${round}`;

/** What is right to say when the other one's locks were given up between the look and the claim. */
const changedBy = (run: string): string => `run ${run} has changed what the plan touches since it was probed`;

test(`${ROUNDS} rounds: never are both acting on the same`, async () => {
  const rounds = fc.sample(round, { numRuns: ROUNDS, seed: 20_261_123 });
  const told: [Told, Told][] = [];
  for (const [i, one] of rounds.entries()) told.push(await run(i, one));
  const { rows } = await race.ledger.admin.query<{ round: number }>(AT_ONCE);
  const atOnce = new Set(rows.map((row) => row.round));

  const all = rounds.map((one, i) => ({ ...one, i, clash: clash(...one.sets), told: told[i] ?? [] }));
  const clashing = all.filter((one) => one.clash);
  expect(clashing.filter(({ i, told }) => atOnce.has(i) || told.some(({ saw }) => saw > 0))).toEqual([]);

  // Both come to it in the end; but a dead one whose lease has run out.
  for (const { i, told, dead, leaseIsOver, clash } of all) {
    const zombie = leaseIsOver ? dead : undefined;
    expect(told.map(({ acted }) => acted)).toEqual([zombie !== 0, zombie !== 1]);
    if (!clash) expect(told.map(({ first }) => first)).toEqual([zombie !== 0, zombie !== 1]);
    // Taken over at once, unless the zombie gave its locks up after the look: then after another look.
    if (clash && zombie !== undefined) {
      const heir = told[1 - zombie];
      expect([undefined, changedBy(runOf(zombie, i))]).toContain(heir?.why);
    }
    // As long as the lease goes on, nobody takes over.
    if (clash && dead !== undefined && !leaseIsOver) expect(told[dead]?.first).toBe(true);
  }

  // The seed has drawn enough of each.
  const drawn = (what: (one: (typeof all)[number]) => boolean): number => all.filter(what).length;
  expect(drawn(({ clash, dead }) => clash && dead === undefined)).toBeGreaterThan(15);
  expect(drawn(({ clash }) => !clash)).toBeGreaterThan(15);
  expect(drawn(({ clash, dead, leaseIsOver }) => clash && dead !== undefined && leaseIsOver)).toBeGreaterThan(
    15,
  );
});

describe('step by step', () => {
  const SAME: Round['sets'] = [
    { writes: [costs('2026-11')], reads: [] },
    { writes: [], reads: [costs('2026-11')] },
  ];
  const APART: Round['sets'] = [
    { writes: [invoice('2026-11', 'TEN-1')], reads: [inventory] },
    { writes: [invoice('2026-11', 'TEN-11')], reads: [inventory] },
  ];
  let number = ROUNDS;
  beforeEach(() => {
    number += 1;
  });

  const step = (i: 0 | 1, say: Step['say'], at: number, lookedAt?: number): Promise<Stepped> =>
    tell(i, { say, at, ...(lookedAt !== undefined && { lookedAt }) });
  const granted = { ok: true, saw: 0 };
  const held = (by: 0 | 1): unknown =>
    expect.objectContaining({
      ok: false,
      why: expect.stringMatching(new RegExp(`^run ${runOf(by, number)} holds `)) as string,
    });

  test.each([
    [0, 1],
    [1, 0],
  ] as const)(
    'on the same, with %i first: %i waits until the other is done, and looks once more',
    async (a, b) => {
      await prepare(number, { sets: SAME, dead: undefined });
      expect(await step(a, 'claim', 1)).toEqual(granted);
      expect(await step(b, 'claim', 2)).toEqual(held(a));
      expect(await step(a, 'begin', 3)).toEqual(granted);
      expect(await step(b, 'claim', 4)).toEqual(held(a));
      expect(await step(b, 'begin', 5)).toMatchObject({ ok: false });
      expect(await step(a, 'end', 6)).toEqual(granted);
      const writes = a === 0;
      // What only read has changed nothing.
      expect(await step(b, 'claim', 7, 5)).toEqual(
        writes ? { ok: false, why: changedBy(runOf(a, number)), saw: 0 } : granted,
      );
      if (writes) expect(await step(b, 'claim', 8)).toEqual(granted);
      expect(await step(b, 'begin', 9)).toEqual(granted);
      expect(await step(b, 'end', 10)).toEqual(granted);
    },
  );

  test.each([
    [0, 1],
    [1, 0],
  ] as const)('on two invoices, with %i first: both act side by side', async (a, b) => {
    await prepare(number, { sets: APART, dead: undefined });
    expect(await step(a, 'claim', 1)).toEqual(granted);
    expect(await step(a, 'begin', 2)).toEqual(granted);
    expect(await step(b, 'claim', 3)).toEqual(granted);
    expect(await step(b, 'begin', 4)).toEqual({ ok: true, saw: 1 });
    expect(await step(a, 'end', 5)).toEqual(granted);
    expect(await step(b, 'end', 6)).toEqual(granted);
  });

  test.each([
    [0, 1],
    [1, 0],
  ] as const)(
    '%i dies with its locks in hand: once its lease is over, %i takes over at once',
    async (dead, heir) => {
      await prepare(number, { sets: SAME, dead });
      expect(await step(heir, 'claim', LEASE_MS - 1)).toEqual(held(dead));
      // The lock of a reader has changed nothing; that of a writer may have until its lease was over.
      expect(await step(heir, 'claim', LEASE_MS)).toEqual(granted);
      expect(await step(dead, 'begin', LEASE_MS + 1)).toMatchObject({ ok: false });
      expect(await step(heir, 'begin', LEASE_MS + 2)).toEqual(granted);
      expect(await step(dead, 'give-up', LEASE_MS + 3)).toEqual(granted);
      expect(await step(heir, 'end', LEASE_MS + 4)).toEqual(granted);
    },
  );

  test('the zombie gives its locks up between the look and the claim: the heir looks once more', async () => {
    await prepare(number, { sets: SAME, dead: 0 });
    expect(await step(0, 'give-up', LEASE_MS + 20)).toEqual(granted);
    expect(await step(1, 'claim', LEASE_MS + 21, LEASE_MS + 10)).toEqual({
      ok: false,
      why: changedBy(runOf(0, number)),
      saw: 0,
    });
    expect(await step(1, 'claim', LEASE_MS + 22)).toEqual(granted);
    expect(await step(1, 'begin', LEASE_MS + 23)).toEqual(granted);
    expect(await step(1, 'end', LEASE_MS + 24)).toEqual(granted);
  });
});
