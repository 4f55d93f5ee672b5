import { join } from 'node:path';
import { atEnd } from '../command/endings.ts';
import { ownServer, type WorldsPlace } from '../command/own-server.ts';
import type { ShapeName } from '../../sandbox/commercial-ops/report-shape.ts';
import { startPgBouncer, type Pooler } from '../../emulator/postgres/pgbouncer.ts';
import { LOGINS } from '../../lambdas/record/logins.ts';
import { passwordOf } from '../../sandbox/commercial-ops/ledger.ts';
import { Crew, type BrokenOff } from './crew.ts';

export interface CrewOptions<Result> {
  readonly size: number;
  /** Of the module that exports the faults. */
  readonly faults: string;
  readonly rehearse: boolean;
  readonly layout?: ShapeName;
  readonly pgbouncer?: boolean;
  readonly frozen?: boolean;
  readonly brokenOff: BrokenOff<Result>;
}

/** A database server and a crew on it, both there until the command ends. */
export async function gatherCrew<Result>({
  size,
  faults,
  rehearse,
  layout,
  pgbouncer = false,
  frozen = false,
  brokenOff,
}: CrewOptions<Result>): Promise<{ crew: Crew<Result>; dir: string }> {
  const { dir, place } = await ownServer('drill');
  const pooler = pgbouncer ? await poolerOf(place, dir) : undefined;
  const crew = new Crew(
    size,
    {
      ...place,
      faults,
      rehearse,
      ...(layout && { report: layout }),
      frozen,
      ...(pooler && { pooler: pooler.port }),
    },
    brokenOff,
  );
  atEnd('the processes of the drills', () => crew.stop());
  return { crew, dir };
}

async function poolerOf({ server, passwords }: WorldsPlace, dir: string): Promise<Pooler> {
  const pooler = await startPgBouncer({
    dir: join(dir, 'pgbouncer'),
    server: Number(new URL(server).port),
    users: Object.fromEntries(LOGINS.map((login) => [login, passwordOf(passwords, login)])),
  });
  atEnd('PgBouncer', () => pooler.stop());
  return pooler;
}
