import { join } from 'node:path';
import { PASSWORDS } from '../support/ledger.ts';
import { dirOfRun } from '../support/world.ts';
import { databasesOfRun, prefixOfRun, testFile } from '../../emulator/test/support/postgres.ts';
import { runSequences } from './sequences.ts';
import { World } from './world.ts';

const SEQUENCES = 8;
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

  // They came to something, or they show nothing; `npm run model` says more of it.
  const { tried = {}, 'actions sent': sent = {} } = world.counts.toJSON();
  for (const what of ['duplicates', 'crashes', 'alarms'])
    expect([what, tried[what] ?? 0]).not.toEqual([what, 0]);
  expect(Object.keys(sent)).not.toEqual([]);
});
