/** A process of the crew: it runs the faults that its parent names, one after another, and reports each. */
import { flushCompileCache } from 'node:module';
import { Databases } from '../../emulator/postgres/databases.ts';
import type { ShapeName } from '../../sandbox/commercial-ops/report-shape.ts';
import type { WorldsPlace } from '../command/own-server.ts';
import { faultsIn } from './options.ts';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import type { FromWorker, ToWorker } from './crew.ts';
import { runCrash } from '../prove/run-crash.ts';
import { runDrill } from './run-drill.ts';
import { runRehearsal } from './run-rehearsal.ts';
import { runStory } from './run-story.ts';
import { StandingPorts } from './standing-ports.ts';

interface WorkerSettings extends WorldsPlace {
  readonly faults: string;
  readonly rehearse: boolean;
  readonly report?: ShapeName;
}

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const place = {
  ...settings,
  databases: new Databases(settings.server, 'drill'),
  owner: 'drill',
  copy: String(process.pid),
  ports: new StandingPorts(),
  warm: new WarmWorkers(),
};
const faults = await faultsIn(settings.faults);
const say = (message: FromWorker): unknown => process.send?.(message);

// Ctrl-C reaches the whole group; who ends what is the parent's to say.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('message', ({ fault: wanted, code, at, without, crash }: ToWorker) => {
  const fault = faults.find(({ name }) => name === wanted);
  if (!fault) throw new Error(`there is no fault "${wanted}" in ${settings.faults}`);
  const here = {
    ...place,
    ...(code !== undefined && { code }),
    ...(without !== undefined && { without }),
  };
  const run = (): Promise<unknown> => {
    // Two at once would race, and calls have no order that can be counted on.
    if (crash) return runCrash(fault, crash, { ...here, workers: { perFunction: 4, total: 8, atOnce: 1 } });
    if (at !== undefined) return runStory(fault, new Date(at), here);
    return settings.rehearse ? runRehearsal(fault, here) : runDrill(fault, here);
  };
  run().then(
    (result) => say({ result }),
    (error: unknown) => say({ failed: wanted, error: (error as Error).stack ?? String(error) }),
  );
});
say({ ready: true });
// Now, since its parent ends it by a signal, after which nothing is written.
flushCompileCache();
