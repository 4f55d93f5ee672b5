import * as fc from 'fast-check';
import { holdsLocks, renewLocks, type LockSet } from '../../lambdas/record/locks.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { costs, invoice, invoices, inventory, overlaps } from '../../lambdas/domain/lock-names.ts';
import { bootLedger } from '../support/ledger.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { claim, ending, intent, minute, opening } from '../support/runs.ts';

const ledger = bootLedger();
beforeEach(() => ledger.admin.query('truncate responder.run, responder.incident cascade'));

const writes = (...names: string[]): LockSet => ({ writes: names, reads: [] });
const reads = (...names: string[]): LockSet => ({ writes: [], reads: names });

const target = (run: string) => ({ target: { scope: run } });
const open = (run: string) => openRun(ledger.responder, opening(run, 0, target(run)));

/** Claims at that minute, for two hours, on looks of that moment. */
const take = (run: string, locks: LockSet, at = 1, lookedAt = at) =>
  claim(
    ledger.responder,
    run,
    intent(opening(run, 0, target(run)), minute(at), { locks, lookedAt: minute(lookedAt) }),
  );
const end = (run: string, at: number) =>
  endRun(ledger.responder, opening(run, 0, target(run)), ending('resolved', minute(at)), []);

/** The fence of a run that was opened and granted its locks. */
async function granted(run: string, locks: LockSet, at = 1): Promise<string> {
  await open(run);
  const answer = await take(run, locks, at);
  if (!answer.granted) throw new Error(`run ${run} was refused: ${answer.answers[0]?.figures}`);
  return answer.fence;
}

const month = invoices('2026-11');
const one = invoice('2026-11', 'TEN-1');
describe('two runs', () => {
  test.each<[string, LockSet, LockSet, boolean]>([
    ['write the same', writes(month), writes(month), false],
    ['write a whole, and a part of it', writes(month), writes(one), false],
    ['write a part, and the whole of it', writes(one), writes(month), false],
    ['write what the other reads', reads(month), writes(one), false],
    ['read what the other writes', writes(one), reads(month), false],
    ['read the same', reads(month), reads(one), true],
    ['write siblings, one’s name the beginning of the other’s', writes(one), writes(`${one}1`), true],
    ['write different months', writes(costs('2026-10')), writes(costs('2026-11')), true],
    ['share one of many', writes(inventory, costs('2026-10')), writes(costs('2026-11'), inventory), false],
    [
      'have names with wildcards in them',
      writes('function/a_b'),
      writes('function/acb/x', 'function/%'),
      true,
    ],
  ])('that %s', async (_what, first, second, together) => {
    await granted('first', first);
    await open('second');
    const answer = await take('second', second);
    expect(answer.granted).toBe(together);
    if (!answer.granted) {
      expect(answer.answers).toMatchObject([
        { guard: 'lock', figures: matching(/^run first holds /), then: { kind: 'join', run: 'first' } },
      ]);
    }
  });
});

describe('a lease', () => {
  const set = writes(month, inventory);
  const expiry = 1 + 120;
  const ms = 1 / 60_000;

  test('is held to its last millisecond, and not beyond', async () => {
    const fence = await granted('first', set);
    const holds = (at: number, by = fence) => holdsLocks(ledger.responder, 'first', by, minute(at));
    expect([await holds(1), await holds(expiry - ms), await holds(expiry)]).toEqual([true, true, false]);
    expect(await holds(1, `${Number(fence) + 1}`)).toBe(false);
    await open('second');
    expect(await take('second', writes(one), expiry - ms)).toMatchObject({
      granted: false,
      answers: [{ then: { kind: 'join', run: 'first' } }],
    });
  });

  test('that has run out is taken over, and whoever held it holds nothing any more: not even the rest of it', async () => {
    const fence = await granted('first', set);
    const heir = await granted('second', writes(one), expiry);
    expect(BigInt(heir)).toBeGreaterThan(BigInt(fence));
    expect(await holdsLocks(ledger.responder, 'first', fence, minute(2))).toBe(false);
    const renewed = await renewLocks(ledger.responder, 'first', {
      fence,
      now: minute(2),
      needed: minute(300),
      leasedUntil: minute(400),
    });
    expect(await holdsLocks(ledger.responder, 'first', fence, minute(2))).toBe(false);
    expect(renewed).toBe(true);
    expect(await holdsLocks(ledger.responder, 'second', heir, minute(expiry))).toBe(true);
  });

  test('is renewed when too little of it is left, never when it has run out, nor by another fence', async () => {
    const fence = await granted('first', set);
    const renew = (now: number, needed: number, by = fence) =>
      renewLocks(ledger.responder, 'first', {
        fence: by,
        now: minute(now),
        needed: minute(needed),
        leasedUntil: minute(now + 120),
      });
    expect(await renew(10, expiry)).toBe(false);
    expect(await renew(10, expiry + 1, '0')).toBe(false);
    expect(await renew(10, expiry + 1)).toBe(true);
    expect(await holdsLocks(ledger.responder, 'first', fence, minute(129))).toBe(true);
    expect(await renew(130, 300)).toBe(false);
    expect(await holdsLocks(ledger.responder, 'first', fence, minute(130))).toBe(false);
  });

  test('ends with its run', async () => {
    const fence = await granted('first', set);
    await end('first', 30);
    expect(await holdsLocks(ledger.responder, 'first', fence, minute(10))).toBe(false);
    await open('second');
    await expect(take('second', set, 31)).resolves.toMatchObject({ granted: true });
  });
});

describe('what was looked at before another wrote it', () => {
  test.each<[string, LockSet, LockSet, number, boolean]>([
    ['is gone', writes(month), writes(one), 29, false],
    ['is gone for whoever only reads it', writes(one), reads(month), 29, false],
    // Nobody knows which of the two came first.
    ['is gone when it was written in the very millisecond', writes(month), writes(one), 30, false],
    ['was seen after it', writes(month), writes(one), 31, true],
    ['is not what the other one wrote', writes(month), writes(inventory), 29, true],
    ['was only read', reads(month), writes(one), 29, true],
  ])('%s', async (_what, first, second, lookedAt, ok) => {
    await granted('first', first);
    await open('second');
    await end('first', 30);
    const answer = await take('second', second, 31, lookedAt);
    expect(answer.granted).toBe(ok);
    if (!answer.granted) {
      expect(answer.answers).toMatchObject([
        {
          answer: 'refuse',
          then: { kind: 'join', run: 'first' },
          figures: 'run first has changed what the plan touches since it was probed',
        },
      ]);
    }
  });
});

test('a run that comes on record in the millisecond of the release has looked after it', async () => {
  await granted('first', writes(month));
  await end('first', 30);
  await openRun(ledger.responder, opening('second', 30, target('second')));
  await expect(take('second', writes(one), 31, 30)).resolves.toMatchObject({ granted: true });
});

const name = fc.constantFrom('a', 'a/b', 'a/b/c', 'a/bc', 'd', 'd/e', '_', 'a/_');
const set: fc.Arbitrary<LockSet> = fc
  .uniqueArray(fc.tuple(name, fc.boolean()), { minLength: 1, maxLength: 3, selector: ([one]) => one })
  .map((wanted) => ({
    writes: wanted.flatMap(([one, write]) => (write ? [one] : [])),
    reads: wanted.flatMap(([one, write]) => (write ? [] : [one])),
  }));
const step = fc.record({ locks: set, minutes: fc.nat({ max: 70 }), ends: fc.boolean() });

test('whatever is wanted and whenever: two that hold never overlap, unless both read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      await ledger.admin.query('truncate responder.run, responder.incident cascade');
      let at = 0;
      const fences = new Map<string, { fence: string; locks: LockSet }>();
      for (const [i, { locks, minutes, ends }] of steps.entries()) {
        at += minutes + 1;
        const run = `r${i}`;
        await open(run);
        const answer = await take(run, locks, at);
        if (answer.granted) fences.set(run, { fence: answer.fence, locks });
        const holding: LockSet[] = [];
        for (const [holder, { fence, locks }] of fences)
          if (await holdsLocks(ledger.responder, holder, fence, minute(at))) holding.push(locks);
        for (const [j, mine] of holding.entries())
          for (const other of holding.slice(j + 1)) expect(clashes(mine, other)).toEqual([]);
        if (ends && answer.granted) await end(run, at);
      }
    }),
    { numRuns: 40 },
  );
});

const clashes = (a: LockSet, b: LockSet): string[] =>
  (
    [
      [a.writes, b.writes],
      [a.writes, b.reads],
      [a.reads, b.writes],
    ] as const
  ).flatMap(([mine, theirs]) => mine.filter((one) => theirs.some((other) => overlaps(one, other))));
