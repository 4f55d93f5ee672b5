import { randomUUID } from 'node:crypto';
import type { AwsError, Principal } from './service.ts';

/**
 * - `kill-worker`: SIGKILL for the worker process that called, and no answer. Calls from elsewhere
 * are not affected.
 * - `drop-connection`: no answer.
 * - an `AwsError`: that error as the answer.
 * - `meanwhile`: somebody else acts in that moment; the call waits for it, and then goes on as ever.
 */
export type FaultEffect = 'kill-worker' | 'drop-connection' | AwsError | Meanwhile;

export interface Meanwhile {
  readonly meanwhile: () => unknown;
}
/** What the caller notices. */
export type Blow = Exclude<FaultEffect, Meanwhile>;

export interface WireFault {
  /** Signing name, e.g. `glue`; `jira` and `pager` for what is not AWS's. By default all. */
  readonly service?: string;
  /** By default all. */
  readonly operation?: string;
  /** `before`: nothing was handled; `after`: it was handled, and the answer is lost. */
  readonly when: 'before' | 'after';
  /** The calls that it hits; by default all. */
  readonly match?: (input: Readonly<Record<string, unknown>>, call: StruckCall) => boolean;
  /** How many calls it hits; `Infinity` for all. */
  readonly times: number;
  /** It hits no call from this moment of the clock on. */
  readonly until?: Date;
  readonly effect: FaultEffect;
}

export interface ArmedFault extends WireFault {
  readonly id: string;
  readonly fired: number;
}

export interface StruckCall {
  readonly service: string;
  readonly operation: string;
  readonly principal: Principal;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Faults that are waiting for a call on the wire. */
export class Faults {
  private readonly armed = new Map<string, ArmedFault>();

  /** @returns its id, for `clear` */
  add(fault: WireFault): string {
    if (!(fault.times >= 1)) {
      throw new RangeError(
        `a fault of ${fault.service ?? '*'}.${fault.operation ?? '*'} that strikes ${fault.times} times never strikes; wanted: 1 or more`,
      );
    }
    const id = randomUUID();
    this.armed.set(id, { ...fault, id, fired: 0 });
    return id;
  }

  /** Every fault with the number of calls that it has hit, also those that are used up. */
  list(): readonly ArmedFault[] {
    return [...this.armed.values()];
  }

  /** Removes one fault, or all. */
  clear(id?: string): void {
    if (id === undefined) this.armed.clear();
    else this.armed.delete(id);
  }

  /**
   * The effect that hits this call, which then counts; the oldest matching fault wins. What others do meanwhile is done.
   * @param now of the emulator's clock
   */
  async strike(call: StruckCall, when: WireFault['when'], now: Date): Promise<Blow | undefined> {
    for (const fault of [...this.armed.values()]) {
      if ((fault.service ?? call.service) !== call.service || fault.when !== when) continue;
      if ((fault.operation ?? call.operation) !== call.operation) continue;
      if (fault.until && now >= fault.until) continue;
      if (fault.fired >= fault.times || fault.match?.(call.input, call) === false) continue;
      if (fault.effect === 'kill-worker' && call.principal.workerPid === undefined) continue;
      this.armed.set(fault.id, { ...fault, fired: fault.fired + 1 });
      if (typeof fault.effect !== 'object' || !('meanwhile' in fault.effect)) return fault.effect;
      await fault.effect.meanwhile();
    }
    return undefined;
  }
}
