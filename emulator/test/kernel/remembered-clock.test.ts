import type { Clock } from '../../kernel/clock.ts';
import { rememberedClock } from '../../kernel/remembered-clock.ts';
import type { Store } from '../../kernel/store.ts';
import { eventually } from '../support/eventually.ts';
import { memoryStore } from '../support/memory-store.ts';

const START = new Date('2025-09-10T08:00:00Z');
const LATER = new Date('2025-09-12T10:30:00.250Z');

let store: Store;
let standing: Awaited<ReturnType<typeof rememberedClock>>[];
beforeEach(() => {
  store = memoryStore() as Store;
  standing = [];
});
afterEach(async () => {
  for (const { clock, settle } of standing) {
    clock.stop();
    await settle();
  }
});

/** As a new emulator on the same store begins; the last one may have been killed. */
async function begin(start?: Date): Promise<Clock> {
  const begun = await rememberedClock(store, start);
  standing.push(begun);
  return begun.clock;
}

test('a new account begins at the given time, and a killed one continues where it stood', async () => {
  const clock = await begin(START);
  expect(clock.now()).toEqual(START);
  await clock.advanceTo(LATER);
  expect((await begin(START)).now()).toEqual(LATER);
});

test('a clock that runs is remembered ahead of what it shows, from its first moment to its last beat', async () => {
  const clock = await begin(START);
  const remembered = (): number => Date.parse(store.collection<string>('sandbox.clock').get('now') ?? '');
  clock.run();
  const first = remembered();
  expect(first).toBeGreaterThan(clock.now().getTime());
  await eventually('the next beat', () => remembered() > first);
  expect(remembered()).toBeGreaterThan(clock.now().getTime());
});

test('settled, it goes on exactly where it was', async () => {
  const { clock, settle } = await rememberedClock(store, START);
  clock.run();
  await clock.advanceTo(LATER);
  clock.stop();
  await settle();
  const kept = store.collection<string>('sandbox.clock').get('now') ?? '';
  expect(Date.parse(kept)).toBeLessThanOrEqual(clock.now().getTime());
  expect((await begin()).now()).toEqual(new Date(kept));
});
