import type { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import type { WorkerLimits } from '../../emulator/lambda/worker-pool.ts';
import { Sandbox } from '../../sandbox/sandbox.ts';
import type { ShapeName } from '../../sandbox/commercial-ops/report-shape.ts';
import { copyWorld, type WorldPlace } from '../../sandbox/world-template.ts';
import type { LimitsInput } from '../../sandbox/settings-here.ts';
import type { StandingPorts } from './standing-ports.ts';

/** Where drills are run, one after another, and what one leaves to the next: nothing but functions that are warm. */
export interface DrillPlace extends WorldPlace {
  readonly ports: StandingPorts;
  readonly warm: WarmWorkers;
  /** Port of a pooler through which functions reach the ledger. */
  readonly pooler?: number;
  /** Functions stand still between two invocations. */
  readonly frozen?: boolean;
  /** How many functions live, and work, at once. */
  readonly workers?: WorkerLimits;
  /** How AWS delivers the cost report. */
  readonly report?: ShapeName;
  /** Other handlers than the project's own: their unpacked bundle. */
  readonly code?: string;
  /** A statement of a role's policy that is missing there: `<role> <policy>#<place>`. */
  readonly without?: string;
}

/**
 * Starts a sandbox on a copy of the world, which is thrown away with all that was done to it.
 * @param options.isSound whether its functions may be handed on: not after a broken platform, or what nobody expected
 */
export async function inWorldOfItsOwn<T extends object>(
  place: DrillPlace,
  work: (sandbox: Sandbox) => Promise<T>,
  {
    isSound,
    limits,
    now,
    pagers,
  }: {
    isSound: (result: T) => boolean;
    limits?: LimitsInput | undefined;
    now?: Date | undefined;
    pagers?: boolean | undefined;
  },
): Promise<T & { seconds: number }> {
  const began = performance.now();
  const { ports, warm, code, report, pooler, workers, frozen = false } = place;
  const copy = await copyWorld(place, { settled: true, ...(now && { now }), ...(report && { report }) });
  let sound = false;
  try {
    const sandbox = await Sandbox.start({
      ...copy.world,
      ...(await ports.here()),
      warm,
      frozen,
      ...(pooler !== undefined && { pooler }),
      ...(workers && { workers }),
      volatile: true,
      ...(limits && { limits }),
      ...(pagers && { pagers }),
      ...(code !== undefined && { code }),
    });
    try {
      const result = await work(sandbox);
      sound = isSound(result);
      return { ...result, seconds: (performance.now() - began) / 1000 };
    } finally {
      await sandbox.stop();
    }
  } finally {
    if (!sound) await warm.end();
    await copy.drop();
  }
}
