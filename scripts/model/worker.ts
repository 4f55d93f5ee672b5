/** One process of the model: a world of its own, and its share of the sequences, each reported to its parent. */
import type { Tally } from '../../test/model/counts.ts';
import { runSequences } from '../../test/model/sequences.ts';
import { World } from '../../test/model/world.ts';
import type { WorldsPlace } from '../command/own-server.ts';
import { Databases } from '../../emulator/postgres/databases.ts';
import type { ModelOptions } from './options.ts';

export type WorkerSettings = Omit<ModelOptions, 'workers'> & WorldsPlace;

export type FromWorker =
  | { readonly done: number }
  | { readonly ended: true; readonly failure: string | undefined; readonly counts: Tally };

const { server, prefix, dir, passwords, ...options } = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const say = (message: FromWorker): unknown => process.send?.(message);

process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));

const databases = new Databases(server, 'model');
const world = new World({ databases, prefix, dir, passwords, owner: 'model' });
const failure = await runSequences(world, { ...options, onEnd: (done) => say({ done }) });
await world.stop();
process.send?.(
  { ended: true, failure, counts: world.counts.toJSON() } satisfies FromWorker,
  undefined,
  undefined,
  () => process.exit(0),
);
