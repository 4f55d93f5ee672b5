import type { Evidence } from '../../domain/evidence.ts';
import type * as z from 'zod';
import type { Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import type { ReadTools } from '../../platform/clients.ts';

/** A read-only check: what it needs, what it asks, what comes back, how people read it. */
export interface ProbeDefinition<in T, out V> {
  /** kebab-case; the evidence's key. */
  readonly name: string;
  /**
   * Why its value cannot be queried again as of an earlier moment, such as a queue's depth. A change of
   * it alone does not void an approval while the plan stays the same.
   */
  readonly momentary?: string;
  /** For people: "Is the delivery of the period there, and complete?" */
  readonly question: string;
  /** As people would type them, for the runbook. */
  readonly queries: readonly string[];
  readonly permissions: Permissions;
  readonly value: z.ZodType<V>;
  run(context: ProbeContext<T>): Promise<ProbeResult<V>>;
  /** One line with figures. */
  describe(value: never): string;
}

export interface ProbeContext<T> {
  readonly target: T;
  /** The moment of the diagnosis; every query takes it as a parameter. */
  readonly now: Date;
  readonly settings: Settings;
  readonly tools: ReadTools;
  /** Where probes run together: what several of them ask is asked once, by this name. */
  readonly once?: Once;
}

export type Once = <T>(name: string, ask: () => Promise<T>) => Promise<T>;

/** For one moment: nothing is kept longer. */
export function askedOnce(): Once {
  const asked = new Map<string, Promise<unknown>>();
  return <T>(name: string, ask: () => Promise<T>) => {
    const answer = asked.get(name) ?? ask();
    asked.set(name, answer);
    return answer as Promise<T>;
  };
}

export interface ProbeResult<V> {
  readonly value: V;
  /** Every query, exactly as sent. */
  readonly evidence: readonly Evidence[];
}

/** Infers the value's type from its schema. */
export function defineProbe<T, V>(
  probe: Omit<ProbeDefinition<T, V>, 'describe'> & { describe(value: V): string },
): ProbeDefinition<T, V> {
  return probe;
}
