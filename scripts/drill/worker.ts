/** A process of the crew: it runs the faults that it is told, one after another. Its parent is told of each. */
import type { LedgerPasswords } from '../../sandbox/commercial-ops/ledger.ts';
import { Databases } from '../../emulator/postgres/databases.ts';
import { faultsOf } from './options.ts';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import type { FromWorker, ToWorker } from './crew.ts';
import { runDrill } from './run-drill.ts';
import { runRehearsal } from './run-rehearsal.ts';
import { runStory } from './run-story.ts';
import { StandingPorts } from './standing-ports.ts';

interface Told {
  readonly server: string;
  readonly prefix: string;
  readonly dir: string;
  readonly passwords: LedgerPasswords;
  readonly faults: string;
  readonly rehearse: boolean;
}

const told = JSON.parse(process.argv[2] ?? '{}') as Told;
const place = {
  ...told,
  databases: new Databases(told.server, 'drill'),
  owner: 'drill',
  copy: String(process.pid),
  ports: new StandingPorts(),
  warm: new WarmWorkers(),
};
const faults = await faultsOf(told.faults);
const say = (message: FromWorker): unknown => process.send?.(message);

// Ctrl-C reaches the whole group; who ends what is the parent's to say.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit(1));
process.on('message', ({ fault: wanted, code, at }: ToWorker) => {
  const fault = faults.find(({ name }) => name === wanted);
  if (!fault) throw new Error(`there is no fault "${wanted}" in ${told.faults}`);
  const here = { ...place, ...(code !== undefined && { code }) };
  const run = (): Promise<unknown> => {
    if (at !== undefined) return runStory(fault, new Date(at), here);
    return told.rehearse ? runRehearsal(fault, here) : runDrill(fault, here);
  };
  run().then(
    (result) => say({ result }),
    (error: unknown) => say({ failed: wanted, error: (error as Error).stack ?? String(error) }),
  );
});
say({ ready: true });
