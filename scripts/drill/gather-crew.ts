import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Databases } from '../../emulator/postgres/databases.ts';
import { briefDir } from '../../emulator/postgres/brief-dir.ts';
import { atEnd } from '../command/endings.ts';
import { startPostgres } from '../../emulator/postgres/postgres.ts';
import { Crew, type BrokenOff } from './crew.ts';

/** Roles belong to the server: all worlds on it share them. */
const PASSWORDS = {
  commercialOps: 'commercial-ops-drill',
  responder: 'responder-drill',
  actor: 'actor-drill',
  rehearser: 'rehearser-drill',
};

export interface CrewOptions<Result> {
  readonly size: number;
  /** Of the module that exports the faults. */
  readonly faults: string;
  readonly rehearse: boolean;
  readonly brokenOff: BrokenOff<Result>;
}

/** A database server and a crew on it, both there until the command ends. */
export async function gatherCrew<Result>(
  options: CrewOptions<Result>,
): Promise<{ crew: Crew<Result>; dir: string }> {
  const { size, faults, rehearse, brokenOff } = options;
  const dir = briefDir('responder-drill-');
  atEnd('the folder of the drills', async () => rmSync(dir, { recursive: true, force: true }));
  const starting = startPostgres({ dir, tethered: true });
  atEnd('PostgreSQL', () =>
    starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    ),
  );
  const { url } = await starting;
  const prefix = `drill_${dir.slice(-6).toLowerCase()}`;
  atEnd('the databases of the drills', () => new Databases(url).dropAll(prefix));
  const told = { server: url, prefix, dir: join(dir, 'worlds'), passwords: PASSWORDS, faults, rehearse };
  const crew = new Crew(size, told, brokenOff);
  atEnd('the processes of the drills', () => crew.stop());
  return { crew, dir };
}
