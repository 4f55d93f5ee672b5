import type { Evidence } from '../../domain/evidence.ts';
import type * as z from 'zod';
import type { Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import type { ReadTools } from '../../platform/clients.ts';

/** A read-only look at the world: what it needs, what it asks, what comes back, how people read it. */
export interface ProbeDefinition<in T, out V> {
  /** kebab-case; the evidence's key. */
  readonly name: string;
  /**
   * Why its value is only a moment's, and cannot be asked for again as of then: a queue's depth. An approval is not voided
   * by it alone, as long as the plan stays the same.
   */
  readonly momentary?: string;
  /** For people: "Is the delivery of the period there, and complete?" */
  readonly question: string;
  /** Statements and operations as people would type them, for the runbook. */
  readonly queries: readonly string[];
  readonly permissions: Permissions;
  readonly value: z.ZodType<V>;
  run(context: ProbeContext<T>): Promise<ProbeResult<V>>;
  /** The value as one line with its figures. */
  describe(value: never): string;
}

export interface ProbeContext<T> {
  readonly target: T;
  /** The moment of the diagnosis; every query takes it as a parameter. */
  readonly now: Date;
  readonly settings: Settings;
  readonly tools: ReadTools;
}

export interface ProbeResult<V> {
  readonly value: V;
  /** Every question that was asked on the way, exactly as asked. */
  readonly evidence: readonly Evidence[];
}

/** Defines a probe, with its value's type inferred from its schema. */
export function defineProbe<T, V>(
  probe: Omit<ProbeDefinition<T, V>, 'describe'> & { describe(value: V): string },
): ProbeDefinition<T, V> {
  return probe;
}
