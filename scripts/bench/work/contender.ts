/** What the process of a contender is given, as JSON in `BENCH_CONTENDER`. */
export interface Given {
  readonly contender: Contender;
  /** Of the database, with all rights. */
  readonly url: string;
  /** Of the same database, as the login of the runner. */
  readonly runnerUrl: string;
  /** Base URL of the services that are called. */
  readonly services: string;
}

export const CONTENDERS = ['claim first', 'claim first again', 'no claim', 'engine'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** One way to do the work. */
export interface Worker {
  /** An alarm comes, perhaps not for the first time. */
  handle(alarm: string): Promise<void>;
  /** A process of before was killed. */
  resume(): Promise<void>;
}

export type Order =
  | { readonly kind: 'work'; readonly alarms: readonly string[]; readonly atATime: number }
  | { readonly kind: 'resume' };

export interface Reply {
  /** Milliseconds of each alarm. */
  readonly latencies: readonly number[];
  readonly wallMs: number;
  /** Of this process. */
  readonly cpuMs: number;
  /** Alarms that could not be handled, with the error. */
  readonly failed: readonly string[];
}
