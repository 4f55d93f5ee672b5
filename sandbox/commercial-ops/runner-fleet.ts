import type { Estate } from '../../lambdas/platform/settings.ts';
import { MINUTE_MS } from '../../emulator/aws/alarm-window.ts';
import type { AutoScaling } from '../../emulator/aws/auto-scaling.ts';
import type { CloudWatch } from '../../emulator/aws/cloudwatch.ts';
import type { Sqs } from '../../emulator/aws/sqs.ts';
import type { Clock } from '../../emulator/kernel/clock.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { Collection, Store } from '../../emulator/kernel/store.ts';
import type { LogWriter } from './contracts.ts';
import { RunnerJobs } from './runner-fleet-jobs.ts';
import type { JobKind } from './runner-fleet-jobs.ts';
import { RunnerMetrics } from './runner-fleet-metrics.ts';
import type { Condition } from './runner-fleet-metrics.ts';

/** What is wrong with the runners; nothing of it in a healthy world. */
interface Trouble {
  readonly arrivalsPerTick: number;
  /** Of the jobs that arrive, from 0 to 1. */
  readonly backgroundShare: number;
  readonly natBound: boolean;
  readonly throttled: boolean;
  /** Percent, instead of what the load makes of it. */
  readonly cpu: number | null;
}

const NONE: Trouble = {
  arrivalsPerTick: 0,
  backgroundShare: 0,
  natBound: false,
  throttled: false,
  cpu: null,
};
const TIMER = 'runner-fleet';
const TICK_MINUTES = 5;
const TICK_MS = TICK_MINUTES * MINUTE_MS;
/** What there is to see of the time before the sandbox began. */
const PAST_MS = 30 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const STREAM = 'dispatcher';

/** Jobs that a runner gets through between two ticks. */
const JOBS_PER_RUNNER = 20;
/** The same of all runners together when the NAT gateway has no ports left for them. */
const JOBS_WHEN_NAT_BOUND = 1;
const CPU = { idle: 35, full: 95, natBound: 20 };
const PORT_ERRORS_A_MINUTE = 42;
const THROTTLES_A_MINUTE = 12;
/** In a minute; when it is NAT-bound the gateway carries all it can. */
const BYTES_OUT = { idle: 250_000_000, full: 1_600_000_000, natBound: 5_400_000_000 };

/** The one that section 9 of the runbook prints. */
const FIRST_INSTANCE = 'i-0123456789abcdef0';
const AGE_MS = 30 * 24 * HOUR_MS;
const SIZE = { min: 2, max: 8, desired: 2 };

/** The runners of Commercial-Ops: machines in an Auto Scaling group that work off a queue, behind one NAT gateway. */
export class RunnerFleet {
  readonly queueArn: string;
  private readonly estate: Estate;
  private readonly clock: Clock;
  private readonly sqs: Sqs;
  private readonly autoScaling: AutoScaling;
  private readonly logs: LogWriter;
  private readonly jobs: RunnerJobs;
  private readonly metrics: RunnerMetrics;
  private readonly troubles: Collection<Trouble>;

  constructor(needs: {
    clock: Clock;
    store: Pick<Store, 'collection'>;
    sqs: Sqs;
    autoScaling: AutoScaling;
    cloudwatch: Pick<CloudWatch, 'putMetricData' | 'metrics'>;
    logs: LogWriter;
    estate: Estate;
  }) {
    const { clock, store, sqs, autoScaling, cloudwatch, logs, estate } = needs;
    this.clock = clock;
    this.sqs = sqs;
    this.autoScaling = autoScaling;
    this.logs = logs;
    this.estate = estate;
    this.queueArn = arn('sqs', estate.runners.queue);
    this.jobs = new RunnerJobs({ sqs, clock, queueArn: this.queueArn });
    this.troubles = store.collection<Trouble>('commercial-ops.runners');
    const dispatcher = estate.logGroups.runners.split('/').at(-1) ?? '';
    this.metrics = new RunnerMetrics({ cloudwatch, natGateway: estate.runners.natGateway, dispatcher });
  }

  /** Queue and group, with the instances of the past; what is there already stays as it is. */
  async ensure(): Promise<void> {
    const { queue, group } = this.estate.runners;
    const since = new Date(this.clock.now().getTime() - AGE_MS);
    await this.autoScaling.createGroup({ name: group, ...SIZE, instanceIds: [FIRST_INSTANCE], since });
    if (this.sqs.queues.get(this.queueArn)) return;
    await this.sqs.createQueue({ name: queue });
    this.report(0);
  }

  start(): void {
    this.observe(PAST_MS);
    this.arm();
  }

  stop(): void {
    this.clock.cancel(TIMER);
  }

  /**
   * Jobs pile up. Two runners get through 40 between two ticks, eight through 160.
   * @param jobs.messages that wait at once
   * @param jobs.arrivalsPerTick that come every five minutes from now on
   * @param jobs.backgroundShare of both, from 0 to 1
   */
  async backlog(jobs: {
    messages: number;
    arrivalsPerTick?: number;
    backgroundShare?: number;
  }): Promise<void> {
    const { messages, arrivalsPerTick = 0, backgroundShare = 0.5 } = jobs;
    await this.jobs.send(messages, backgroundShare);
    await this.change({ arrivalsPerTick, backgroundShare });
  }

  /** The NAT gateway has no ports left: almost nothing gets done, however many runners there are. */
  async natBound(on: boolean): Promise<void> {
    await this.change({ natBound: on });
  }

  /** The dispatcher's calls are refused now and then; what is worked off stays the same. */
  async throttled(on: boolean): Promise<void> {
    await this.change({ throttled: on });
  }

  /** @param percent null: what the load makes of it */
  async cpu(percent: number | null): Promise<void> {
    await this.change({ cpu: percent });
  }

  /** Jobs that wait. */
  waiting(): Record<JobKind, number> {
    return this.jobs.waiting();
  }

  private get trouble(): Trouble {
    return this.troubles.get('now') ?? NONE;
  }

  private async change(change: Partial<Trouble>): Promise<void> {
    await this.troubles.put('now', { ...this.trouble, ...change });
    this.observe(TICK_MS);
    this.complain();
  }

  private arm(): void {
    const now = this.clock.now().getTime();
    const next = new Date(Math.floor(now / TICK_MS) * TICK_MS + TICK_MS);
    this.clock.at(TIMER, next, async () => {
      this.arm();
      await this.tick();
    });
  }

  private async tick(): Promise<void> {
    const { arrivalsPerTick, backgroundShare } = this.trouble;
    if (arrivalsPerTick > 0) await this.jobs.send(arrivalsPerTick, backgroundShare);
    this.observe(TICK_MS);
    const capacity = this.capacity();
    const done = await this.sqs.take(this.queueArn, capacity);
    this.tell(done);
  }

  private capacity(): number {
    const runners = this.autoScaling.inService(this.estate.runners.group).length;
    return this.trouble.natBound ? Math.min(JOBS_WHEN_NAT_BOUND, runners) : runners * JOBS_PER_RUNNER;
  }

  /** Measures the time that has just passed, as far as it was not measured yet, as it is now. */
  private observe(ms: number): void {
    const now = this.clock.now();
    const runners = this.autoScaling.inService(this.estate.runners.group);
    this.metrics.fill(new Date(now.getTime() - ms), now, runners, this.condition());
  }

  private condition(): Condition {
    const { natBound, throttled, cpu } = this.trouble;
    const load = Math.min(1, this.sqs.counts(this.queueArn).visible / Math.max(1, this.capacity()));
    const grown = (range: { idle: number; full: number }): number =>
      Math.round(range.idle + (range.full - range.idle) * load);
    return {
      cpu: cpu ?? (natBound ? CPU.natBound : grown(CPU)),
      portErrors: natBound ? PORT_ERRORS_A_MINUTE : 0,
      bytesOut: natBound ? BYTES_OUT.natBound : grown(BYTES_OUT),
      throttles: throttled ? THROTTLES_A_MINUTE : 0,
    };
  }

  /** A quiet fleet says so once an hour. */
  private tell(done: number): void {
    const { natBound, throttled } = this.trouble;
    const quiet = done === 0 && this.sqs.counts(this.queueArn).visible === 0 && !natBound && !throttled;
    if (!quiet || this.clock.now().getTime() % HOUR_MS < TICK_MS) this.report(done);
    this.complain();
  }

  private report(done: number): void {
    const { queue, group } = this.estate.runners;
    const runners = this.autoScaling.inService(group).length;
    const left = this.sqs.counts(this.queueArn).visible;
    this.log(`INFO ${queue}: ${done} jobs handed to ${runners} runners, ${left} wait`);
  }

  private complain(): void {
    const { natBound, throttled } = this.trouble;
    const { queue, natGateway } = this.estate.runners;
    if (natBound) this.log(`WARN connect ETIMEDOUT by way of ${natGateway}: jobs go back to ${queue}`);
    if (throttled)
      this.log(
        'ERROR ThrottlingException: Rate exceeded (service: SSM, operation: SendCommand, attempts: 3)',
      );
  }

  private log(line: string): void {
    this.logs.append(this.estate.logGroups.runners, STREAM, line);
  }
}
