import type { PoolClient } from 'pg';
import type { NativeSpec } from '../../../emulator/lambda/functions.ts';
import type { JobNeeds } from '../functions/job-function.ts';
import type { Period } from '../period.ts';

/** A part of Commercial-Ops that needs nothing of the others: one file, and one line in `all.ts`. */
export interface Part {
  readonly tables: readonly string[];
  /** SQL that makes them. Safe to repeat. */
  readonly schema: string;
  /** What they hold in a healthy world; they are empty before. */
  seed(client: PoolClient, about: { readonly period: Period; readonly now: Date }): Promise<void>;
  /** Its jobs. */
  functions(needs: JobNeeds): NativeSpec[];
}
