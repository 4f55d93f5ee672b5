import { atEnd } from '../command/endings.ts';
import { ownServer } from '../command/own-server.ts';
import type { ShapeName } from '../../sandbox/commercial-ops/report-shape.ts';
import { Crew, type BrokenOff } from './crew.ts';

export interface CrewOptions<Result> {
  readonly size: number;
  /** Of the module that exports the faults. */
  readonly faults: string;
  readonly rehearse: boolean;
  readonly layout?: ShapeName;
  readonly brokenOff: BrokenOff<Result>;
}

/** A database server and a crew on it, both there until the command ends. */
export async function gatherCrew<Result>({
  size,
  faults,
  rehearse,
  layout,
  brokenOff,
}: CrewOptions<Result>): Promise<{ crew: Crew<Result>; dir: string }> {
  const { dir, place } = await ownServer('drill');
  const crew = new Crew(size, { ...place, faults, rehearse, ...(layout && { report: layout }) }, brokenOff);
  atEnd('the processes of the drills', () => crew.stop());
  return { crew, dir };
}
