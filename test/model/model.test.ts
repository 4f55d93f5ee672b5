import { join } from 'node:path';
import { PASSWORDS } from '../support/ledger.ts';
import { dirOfRun } from '../support/world.ts';
import { databasesOfRun, prefixOfRun, testFile } from '../../emulator/test/support/postgres.ts';
import { runSequences } from './sequences.ts';
import { World } from './world.ts';

const SEQUENCES = 30;
/** Shorter ones than `npm run model` takes. */
const STEPS = 20;
/** Always the same here; `npm run model` takes others. */
const SEED = 1;

let world: World;
beforeAll(() => {
  world = new World({
    databases: databasesOfRun(),
    // Its template is not the other tests': it is settled before it is copied.
    prefix: `${prefixOfRun()}_model`,
    dir: join(dirOfRun(), 'model-worlds'),
    passwords: PASSWORDS,
    owner: testFile(),
  });
});
afterAll(() => world.stop());

test('whatever happens, in whatever order, it never makes things worse', async () => {
  const failure = await runSequences(world, {
    sequences: SEQUENCES,
    seed: SEED,
    steps: STEPS,
    shrink: false,
  });
  if (failure !== undefined) throw new Error(failure);

  // The sequences came to all that they are about, or they show nothing.
  const { tried = {}, outcomes = {}, ...tally } = world.counts.toJSON();
  for (const what of ['duplicates', 'crashes', 'lost answers', 'clock jumps', 'approvals that count'])
    expect({ [what]: tried[what] ?? 0 }).not.toEqual({ [what]: 0 });
  for (const what of ['kill switches', 'ledger outages', 'guards that err', 'closes a month', 'sweeps'])
    expect({ [what]: tried[what] ?? 0 }).not.toEqual({ [what]: 0 });
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['resolved', 'refused', 'ineffective']));
  expect(Object.keys(tally['actions sent'] ?? {}).length).toBeGreaterThan(2);
  expect(Object.keys(tally['refusals by guard'] ?? {})).toEqual(
    expect.arrayContaining(['kill-switch', 'freeze', 'cooldown', 'budget']),
  );
}, 900_000);
