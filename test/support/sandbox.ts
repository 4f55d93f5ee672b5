import { Sandbox, type SandboxOptions } from '../../scripts/sandbox/sandbox.ts';
import { freshWorld, type TestWorld } from './world-template.ts';

export { NOW } from './world-template.ts';

export interface TestSandbox {
  readonly sandbox: Sandbox;
  /** For a second sandbox on the same world, after this one was stopped. */
  readonly world: TestWorld['world'];
  /** Stops it, and takes its database and files away. */
  close(): Promise<void>;
}

/** A booted sandbox with a healthy Commercial-Ops, isolated from all others. */
export async function freshSandbox(
  options: Partial<Omit<SandboxOptions, 'dir' | 'databases' | 'seed'>> = {},
): Promise<TestSandbox> {
  const copy = await freshWorld(options);
  const sandbox = await Sandbox.start({ ...options, ...copy.world });
  return {
    sandbox,
    world: copy.world,
    async close() {
      await sandbox.stop();
      await copy.drop();
    },
  };
}
