import { Sandbox } from '../sandbox/sandbox.ts';
import { copyWorld, type WorldPlace } from '../sandbox/world-template.ts';

/** Starts a sandbox on a copy of the world, which is thrown away with all that was done to it. */
export async function inWorldOfItsOwn<T extends object>(
  place: WorldPlace,
  work: (sandbox: Sandbox) => Promise<T>,
): Promise<T & { seconds: number }> {
  const began = performance.now();
  const copy = await copyWorld(place);
  try {
    const sandbox = await Sandbox.start(copy.world);
    try {
      return { ...(await work(sandbox)), seconds: (performance.now() - began) / 1000 };
    } finally {
      await sandbox.stop();
    }
  } finally {
    await copy.drop();
  }
}
