import { randomBytes } from 'node:crypto';
import { StandingPorts } from '../../scripts/drill/standing-ports.ts';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts';
import type { WorldKind } from '../../sandbox/world-template.ts';
import { freshWorld, type TestWorld } from './world-template.ts';

export { NOW } from './world-template.ts';

export interface TestSandbox {
  readonly sandbox: Sandbox;
  /** For a second sandbox on the same world, after this one was stopped. */
  readonly world: TestWorld['world'];
  /** Stops it, and takes its database and files away. */
  close(): Promise<void>;
  /** Takes them away after it, or a second one on its world, was stopped. */
  drop(): Promise<void>;
}

type Options = Partial<Omit<SandboxOptions, 'dir' | 'databases' | 'seed'>> & WorldKind;

/**
 * A booted sandbox with a healthy Commercial-Ops, isolated from all others. It keeps its state in memory alone, unless
 * `volatile` is false: then a second one finds it.
 */
export async function freshSandbox({
  copy: name,
  settled = false,
  ...options
}: Options & { copy?: string } = {}): Promise<TestSandbox> {
  const { now } = options;
  const copy = await freshWorld({ settled, ...(now && { now }), ...(name !== undefined && { copy: name }) });
  const sandbox = await Sandbox.start({ volatile: true, ...options, ...copy.world });
  return {
    sandbox,
    world: copy.world,
    drop: () => copy.drop(),
    async close() {
      await sandbox.stop();
      await copy.drop();
    },
  };
}

/**
 * Sandboxes of one test file, of which only one stands at a time: as with drills, functions stay warm from one to the
 * next, and nothing else does.
 */
export class SandboxesInTurn {
  private readonly ports = new StandingPorts();
  private readonly warm = new WarmWorkers();
  private readonly copy = randomBytes(4).toString('hex');

  async open(options: Options = {}): Promise<TestSandbox> {
    return freshSandbox({ ...options, ...(await this.ports.here()), warm: this.warm, copy: this.copy });
  }

  /** Starts once more on the world of one that was stopped. */
  async again(world: TestSandbox['world']): Promise<Sandbox> {
    return Sandbox.start({ ...world, ...(await this.ports.here()), warm: this.warm });
  }

  /** After the last one, and after one that has broken the platform: whoever comes next starts cold. */
  end(): Promise<void> {
    return this.warm.end();
  }
}
