/** A job's definition, and the work that it does. */
export interface GlueJob {
  readonly name: string;
  readonly roleArn: string;
  /** Runs at the same time; one more is refused with `ConcurrentRunsExceededException`. */
  readonly maxConcurrentRuns: number;
  /** How long a run takes by the emulator's clock. Its work is done at the end: until then nothing changes. */
  readonly durationMinutes: number;
  /** A run that has not ended by then is `TIMEOUT`. */
  readonly timeoutMinutes: number;
  /** Called again with the same run after a restart of the emulator: must be idempotent by the run's id. */
  work(run: GlueWork): Promise<void>;
  /** Called once a run has ended, e.g. to write its log. */
  ended?(run: GlueWork, outcome: { state: RunState; error?: string }): void | Promise<void>;
}

export interface GlueWork {
  readonly id: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly startedAt: Date;
}

/** Faults of a job, for the runs that start from now on. */
export type JobBehaviour =
  /** Fails at its end without doing its work. */
  | { readonly kind: 'fail'; readonly message: string }
  /** Never ends by itself; Glue ends it at its time-out. */
  | { readonly kind: 'hang' }
  /** Succeeds without doing its work. */
  | { readonly kind: 'noop' }
  /** Does its work, and reports that it failed. */
  | { readonly kind: 'report-failure'; readonly message: string }
  /** Does its work, and takes so long for it. */
  | { readonly kind: 'slow'; readonly minutes: number };

export type RunState = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMEOUT';

/** A run as the store keeps it. */
export interface StoredRun {
  readonly id: string;
  readonly job: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly state: RunState;
  readonly error?: string;
  readonly startedAt: string;
  readonly completedAt?: string;
  /** When the run ends, unless somebody stops it. */
  readonly dueAt: string;
  readonly behaviour?: JobBehaviour;
}

export const workOf = (run: StoredRun): GlueWork => ({
  id: run.id,
  arguments: run.arguments,
  startedAt: new Date(run.startedAt),
});
