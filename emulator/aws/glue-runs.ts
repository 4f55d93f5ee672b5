import { randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { workOf, type GlueJob, type JobBehaviour, type RunState, type StoredRun } from './glue-job.ts';

const MINUTE_MS = 60_000;

/** Behaviour for the next `times` runs of a job. */
interface Prepared {
  readonly behaviour: JobBehaviour;
  readonly times: number;
}

/** The runs of Glue's jobs: they end by the clock, and survive a kill of the emulator. */
export class GlueRuns {
  private readonly clock: Clock;
  private readonly runs: Collection<StoredRun>;
  private readonly prepared: Collection<Prepared>;
  private readonly jobs: ReadonlyMap<string, GlueJob>;
  private readonly finishing = new Set<string>();

  constructor(options: {
    clock: Clock;
    store: Pick<Store, 'collection'>;
    jobs: ReadonlyMap<string, GlueJob>;
  }) {
    this.clock = options.clock;
    this.jobs = options.jobs;
    this.runs = options.store.collection<StoredRun>('glue.run');
    this.prepared = options.store.collection<Prepared>('glue.behaviour');
  }

  /** @param times how many runs it applies to; undefined cancels it */
  async behave(
    job: string,
    behaviour: JobBehaviour | undefined,
    times = Number.MAX_SAFE_INTEGER,
  ): Promise<void> {
    if (behaviour) await this.prepared.put(job, { behaviour, times });
    else await this.prepared.delete(job);
  }

  async start(job: GlueJob, args: Record<string, string>): Promise<StoredRun> {
    const active = this.of(job.name).filter(({ state }) => state === 'RUNNING');
    if (active.length >= job.maxConcurrentRuns) {
      throw new AwsError(
        'ConcurrentRunsExceededException',
        `Concurrent runs exceeded for ${job.name} (max ${job.maxConcurrentRuns}; running: ${active.map(({ id }) => id).join(', ')})`,
      );
    }
    const prepared = this.prepared.get(job.name);
    const startedAt = this.clock.now();
    const minutes = Math.min(minutesOf(job, prepared?.behaviour), job.timeoutMinutes);
    const run: StoredRun = {
      id: `jr_${randomBytes(32).toString('hex')}`,
      job: job.name,
      arguments: args,
      state: 'RUNNING',
      startedAt: startedAt.toISOString(),
      dueAt: new Date(startedAt.getTime() + minutes * MINUTE_MS).toISOString(),
      ...(prepared && { behaviour: prepared.behaviour }),
    };
    // The next start sees the run before anything is awaited: two starts at once cannot both pass.
    const kept = this.runs.put(run.id, run);
    if (prepared) await this.takeOne(job.name, prepared);
    await kept;
    this.arm(run);
    return run;
  }

  /** Sets the timers of runs that were going on when the emulator ended. */
  resume(): void {
    for (const run of this.runs.all()) if (run.state === 'RUNNING') this.arm(run);
  }

  /** Records a past run. */
  async recordPast(
    run: Omit<StoredRun, 'id' | 'dueAt' | 'state'> & { state: Exclude<RunState, 'RUNNING'> },
  ): Promise<void> {
    const id = `jr_${randomBytes(32).toString('hex')}`;
    await this.runs.put(id, { ...run, id, dueAt: run.completedAt ?? run.startedAt });
  }

  /** Removes runs that began after `moment`, for building a past. */
  async forgetSince(job: string, moment: Date): Promise<void> {
    for (const run of this.of(job)) {
      if (run.state !== 'RUNNING' && new Date(run.startedAt) > moment) await this.runs.delete(run.id);
    }
  }

  /** Records a run that has been running since `startedAt`, and continues. */
  async recordRunning(
    job: GlueJob,
    options: { startedAt: Date; dueAt: Date; arguments: Record<string, string>; behaviour?: JobBehaviour },
  ): Promise<StoredRun> {
    const run: StoredRun = {
      id: `jr_${randomBytes(32).toString('hex')}`,
      job: job.name,
      arguments: options.arguments,
      state: 'RUNNING',
      startedAt: options.startedAt.toISOString(),
      dueAt: options.dueAt.toISOString(),
      ...(options.behaviour && { behaviour: options.behaviour }),
    };
    await this.runs.put(run.id, run);
    this.arm(run);
    return run;
  }

  get(id: string): StoredRun | undefined {
    return this.runs.get(id);
  }

  /** Newest first. */
  of(job: string): StoredRun[] {
    return this.runs
      .all()
      .filter((run) => run.job === job)
      .reverse()
      .sort((a, b) => (a.startedAt === b.startedAt ? 0 : a.startedAt < b.startedAt ? 1 : -1));
  }

  /** @returns false when the run has ended, or is ending */
  async stop(id: string): Promise<boolean> {
    const run = this.runs.get(id);
    if (run?.state !== 'RUNNING' || this.finishing.has(id)) return false;
    this.clock.cancel(timerOf(id));
    await this.end(run, 'STOPPED');
    return true;
  }

  private arm(run: StoredRun): void {
    this.clock.at(timerOf(run.id), new Date(run.dueAt), () => this.finish(run.id));
  }

  private async finish(id: string): Promise<void> {
    const run = this.runs.get(id);
    const job = run && this.jobs.get(run.job);
    if (!run || !job || run.state !== 'RUNNING' || this.finishing.has(id)) return;
    this.finishing.add(id);
    try {
      const ms = Date.parse(run.dueAt) - Date.parse(run.startedAt);
      const tooLong = run.behaviour?.kind === 'slow' && run.behaviour.minutes * MINUTE_MS > ms;
      if (run.behaviour?.kind === 'hang' || tooLong)
        return await this.end(run, 'TIMEOUT', 'Job run timed out');
      if (run.behaviour?.kind === 'fail') return await this.end(run, 'FAILED', run.behaviour.message);
      if (run.behaviour?.kind !== 'noop') await job.work(workOf(run));
      if (run.behaviour?.kind === 'report-failure')
        return await this.end(run, 'FAILED', run.behaviour.message);
      await this.end(run, 'SUCCEEDED');
    } catch (error) {
      await this.end(run, 'FAILED', (error as Error).message);
    } finally {
      this.finishing.delete(id);
    }
  }

  private async end(run: StoredRun, state: Exclude<RunState, 'RUNNING'>, error?: string): Promise<void> {
    await this.jobs.get(run.job)?.ended?.(workOf(run), { state, ...(error !== undefined && { error }) });
    await this.runs.put(run.id, {
      ...run,
      state,
      completedAt: this.clock.now().toISOString(),
      ...(error !== undefined && { error }),
    });
  }

  private async takeOne(job: string, { behaviour, times }: Prepared): Promise<void> {
    if (times <= 1) await this.prepared.delete(job);
    else await this.prepared.put(job, { behaviour, times: times - 1 });
  }
}

function minutesOf(job: GlueJob, behaviour: JobBehaviour | undefined): number {
  if (behaviour?.kind === 'hang') return job.timeoutMinutes;
  return behaviour?.kind === 'slow' ? behaviour.minutes : job.durationMinutes;
}

const timerOf = (id: string): string => `glue.run.${id}`;
