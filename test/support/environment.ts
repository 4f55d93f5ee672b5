import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import { StandingPorts } from '../../scripts/drill/standing-ports.ts';

/** Of each of Jest's processes, outside of its files' own realms. */
const handedOn = { warm: new WarmWorkers(), ports: new StandingPorts(), copy: `files_${process.pid}` };

/** What the world of one test file leaves to that of the next one: nothing but functions that are warm. */
export type HandedOn = typeof handedOn;

/** Node's, and functions stay warm from one file to the next, unless a test has failed. */
export default class extends TestEnvironment {
  private failed = false;

  override async setup(): Promise<void> {
    await super.setup();
    Object.assign(this.global, { handedOn });
  }

  handleTestEvent({ name }: Circus.Event): void {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.failed = true;
  }

  override async teardown(): Promise<void> {
    if (this.failed) await handedOn.warm.end();
    await super.teardown();
  }
}
