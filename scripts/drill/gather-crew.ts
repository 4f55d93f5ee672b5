import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Databases } from '../../emulator/postgres/databases.ts';
import { briefDir } from '../../emulator/postgres/brief-dir.ts';
import { startPostgres } from '../../emulator/postgres/postgres.ts';
import { Crew, type BrokenOff } from './crew.ts';

/** Roles belong to the server: all worlds on it share them. */
const PASSWORDS = {
  commercialOps: 'commercial-ops-drill',
  responder: 'responder-drill',
  actor: 'actor-drill',
  rehearser: 'rehearser-drill',
};

/** What must be ended however it ends, newest first. */
const ending: (() => Promise<unknown>)[] = [];
let ended: Promise<void> | undefined;

/** Takes away everything that was made: processes, databases, files. */
export const endAll = (): Promise<void> =>
  (ended ??= (async () => {
    for (const end of ending.splice(0).reverse()) await end();
  })());

/** From then on nothing that comes is worth a word. */
export const hasEnded = (): boolean => ended !== undefined;

/** Ctrl-C and its like end the process once everything is taken away. */
export function endOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (!ended) process.stderr.write('\nending …\n');
      void endAll().then(() => process.exit(code));
    });
  }
}

export interface CrewOptions<Result> {
  readonly size: number;
  /** Of the module that exports the faults. */
  readonly faults: string;
  readonly rehearse: boolean;
  readonly brokenOff: BrokenOff<Result>;
}

/** A database server and a crew on it, both there until `endAll`. */
export async function gatherCrew<Result>(
  options: CrewOptions<Result>,
): Promise<{ crew: Crew<Result>; dir: string }> {
  const { size, faults, rehearse, brokenOff } = options;
  const dir = briefDir('responder-drill-');
  ending.push(async () => rmSync(dir, { recursive: true, force: true }));
  const starting = startPostgres({ dir, tethered: true });
  ending.push(() => starting.then((postgres) => postgres.stop()));
  const { url } = await starting;
  const prefix = `drill_${dir.slice(-6).toLowerCase()}`;
  ending.push(() => new Databases(url).dropAll(prefix));
  const told = { server: url, prefix, dir: join(dir, 'worlds'), passwords: PASSWORDS, faults, rehearse };
  const crew = new Crew(size, told, brokenOff);
  ending.push(() => crew.stop());
  return { crew, dir };
}
