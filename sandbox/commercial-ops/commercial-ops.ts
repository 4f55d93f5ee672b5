import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Estate } from '../../lambdas/platform/settings.ts';
import type { GlueJob } from '../../emulator/aws/glue-job.ts';
import type { Clock } from '../../emulator/kernel/clock.ts';
import type { Collection, Store } from '../../emulator/kernel/store.ts';
import type { NativeSpec } from '../../emulator/lambda/functions.ts';
import { text } from '../../emulator/aws/sql-text.ts';
import { copyToAthena } from './athena-as-ledger.ts';
import { AuditWriter } from './audit-writer.ts';
import type { AccessCheck, CostSource, LogWriter, ObjectStore } from './contracts.ts';
import { readCurExport, type CurExport } from './cur-export.ts';
import { Delivery } from './delivery.ts';
import { Duck } from './duck.ts';
import { ExportSource } from './export-source.ts';
import { jobFunctions } from './functions/jobs.ts';
import type { JobNeeds } from './functions/job-function.ts';
import { GeneratedSource } from './generated-source.ts';
import { ingestionJob } from './ingestion-job.ts';
import { runAllocation, type Allocated } from './jobs/allocation.ts';
import type { IngestionTools } from './jobs/cur-ingest.ts';
import * as measures from './measures.ts';
import { loadAsOf, type Copy } from './past-load.ts';
import { Payments, type QueueSender } from './payments/payments.ts';
import { endOf, type Period } from './period.ts';
import type { Shape } from './report-shape.ts';
import { setPeriodState, type PeriodStateName } from './seeds/operations.ts';
import { seedWorld, type SeededWorld } from './seeds/world.ts';
import { Switches, type Misbehaviour } from './switches.ts';
import { Warehouse } from './warehouse.ts';

/** Where the lines come from, as the store keeps it: found again after a restart. */
type KeptSource =
  | { readonly kind: 'generated'; readonly seed: number; readonly lines: number }
  | { readonly kind: 'export'; readonly path: string; readonly newestUsageEnd: string };

export interface SeedOptions {
  /** Decides every figure that is made up. */
  readonly seed?: number;
  /** Of the three generated months, were the current one over: 50 thousand to 10 million. */
  readonly lines?: number;
  /** A real report, read by `importCur`, instead of generated lines. */
  readonly cur?: CurExport;
  /** What AWS has delivered: usage that had ended by then. By default 30 hours ago; of a real report, all of it. */
  readonly deliveredUpTo?: Date;
  /** What was ingested. By default all that was delivered; earlier makes the costs stale. */
  readonly ingestedUpTo?: Date;
}

const HOUR_MS = 3_600_000;
/** AWS's report lags 24 to 48 hours. */
const DELIVERY_LAG_HOURS = 30;
const DEFAULT_LINES = 50_000;

/** The billing subsystem that the responder repairs, with everything that start, faults and tests need to set it up. */
export class CommercialOps {
  readonly duck: Duck;
  readonly delivery: Delivery;
  readonly warehouse: Warehouse;
  readonly payments: Payments;
  readonly auditWriter: AuditWriter;
  private readonly clock: Clock;
  private readonly pool: Pool;
  private readonly estate: Estate;
  private readonly s3: ObjectStore;
  private readonly logs: LogWriter;
  private readonly iam: AccessCheck;
  private readonly directory: string;
  private readonly kept: Collection<KeptSource>;
  private readonly switches: Switches;

  /**
   * @param options.pool on the ledger, as its owner
   * @param options.directory for files on their way, and for an imported report
   * @param options.queues for the bank's events
   */
  constructor(options: {
    clock: Clock;
    store: Pick<Store, 'collection'>;
    pool: Pool;
    s3: ObjectStore;
    logs: LogWriter;
    iam: AccessCheck;
    estate: Estate;
    directory: string;
    queues?: QueueSender;
    /** How AWS delivers, where the layout leaves a choice. */
    shape?: Shape;
  }) {
    const { clock, store, pool, s3, logs, iam, estate } = options;
    this.clock = clock;
    this.pool = pool;
    this.estate = estate;
    this.s3 = s3;
    this.logs = logs;
    this.iam = iam;
    this.directory = join(options.directory, 'commercial-ops');
    mkdirSync(this.directory, { recursive: true });
    this.kept = store.collection<KeptSource>('commercial-ops.source');
    this.duck = new Duck(join(this.directory, 'duckdb'));
    this.switches = new Switches(store);
    const { directory, duck, switches } = this;
    this.delivery = new Delivery({
      s3,
      report: estate.cur,
      shape: options.shape ?? { layout: estate.cur.layout },
      directory,
      now: () => clock.now(),
      parquetOf: (status, path) =>
        duck.run(`copy (select ${text(status)} as status) to ${text(path)} (format parquet)`),
    });
    const { database, warehouseBucket: bucket, warehousePrefix: prefix } = estate.athena;
    this.warehouse = new Warehouse({ s3, duck, store, database, bucket, prefix, directory });
    const { queues } = options;
    this.payments = new Payments({ pool, estate, switches, now: () => clock.now(), queues });
    const group = estate.logGroups.auditWriter;
    this.auditWriter = new AuditWriter({ clock, pool, logs, group, switches });
  }

  /** Whether `seed` has been here: then a restart needs none. */
  get seeded(): boolean {
    return this.kept.get('source') !== undefined;
  }

  /** Reads a real report. The sandbox's clock should then stand a day after its `newestUsageEnd`. */
  async importCur(file: string): Promise<CurExport> {
    return readCurExport(this.duck, file, this.exportPath);
  }

  /** Makes a new world at the clock's time: ledger, delivery and both copies of the costs. */
  async seed(options: SeedOptions = {}): Promise<SeededWorld> {
    const now = this.clock.now();
    const { seed = 1, lines = DEFAULT_LINES, cur } = options;
    const { deliveredUpTo = this.deliverable(cur !== undefined), ingestedUpTo = deliveredUpTo } = options;
    await this.kept.delete('source');
    const { cur: delivered, athena } = this.estate;
    for (const bucket of [delivered.bucket, athena.warehouseBucket, athena.resultsBucket]) {
      await this.s3.createBucket(bucket);
    }
    const source: KeptSource = cur
      ? { kind: 'export', path: this.exportPath, newestUsageEnd: cur.newestUsageEnd }
      : { kind: 'generated', seed, lines };
    const world = await seedWorld({
      pool: this.pool,
      delivery: this.delivery,
      warehouse: this.warehouse,
      duck: this.duck,
      directory: this.directory,
      source: this.sourceFrom(source),
      seed,
      now,
      deliveredUpTo,
      ingestedUpTo,
      generated: cur === undefined,
    });
    await this.kept.put('source', source);
    return world;
  }

  /** AWS delivers what it knows of a month at `upTo`; by default what it would have delivered by now. */
  async deliver(period: Period, { upTo = this.deliverable() }: { upTo?: Date } = {}): Promise<void> {
    await this.delivery.deliver(this.source, period, upTo);
  }

  /**
   * Makes one copy, or both, as if they had been loaded when AWS knew `upTo`, without touching the delivery.
   * Closed months stay as they are. With the ledger's copy its allocation follows.
   * @param periods by default every month that is not closed and was not over by then
   */
  async setIngested(
    upTo: Date,
    copies: readonly Copy[] = ['athena', 'ledger'],
    periods?: readonly Period[],
  ): Promise<void> {
    // What had ended by then is in both copies already, with the digest of its delivery.
    const running = async () => (await this.changeablePeriods()).filter((period) => endOf(period) > upTo);
    for (const period of periods ?? (await running())) {
      await loadAsOf(this.tools, this.source, { period, upTo, copies });
      if (copies.includes('ledger')) await this.allocate(period);
    }
  }

  /** Athena's copy of the month becomes what the ledger's is, or would be after the statements. */
  async copyToAthena(period: Period, statements?: readonly string[]): Promise<void> {
    await copyToAthena(this.tools, period, statements);
  }

  async setPeriodState(period: Period, state: PeriodStateName): Promise<void> {
    await setPeriodState(this.pool, period, state, this.clock.now());
  }

  /** `allocation_runner`, as its Lambda calls it. */
  async allocate(period: Period, runId: string = randomUUID(), ruleVersion?: number): Promise<Allocated> {
    const order = { runId, period, ruleVersion };
    return (await runAllocation(this.pool, order, () => this.clock.now())).result;
  }

  /** The Glue job, for the emulated Glue to run. */
  glueJob(options: { durationMinutes?: number } = {}): GlueJob {
    const { estate, tools, delivery, iam, logs } = this;
    return ingestionJob({ estate, tools, delivery, iam, logs, ...options });
  }

  /** The functions that work on the ledger: the runbook's jobs, and the bank's way in. */
  functions(): NativeSpec[] {
    return [...jobFunctions(this.jobNeeds), this.payments.webhook()];
  }

  get jobNeeds(): JobNeeds {
    const { pool, estate, switches, clock } = this;
    return { pool, estate, switches, clock, now: () => clock.now() };
  }

  /** Makes a job's function misbehave from now on, by the function's name; without a behaviour it works again. */
  async behave(functionName: string, behaviour?: Misbehaviour): Promise<void> {
    await this.switches.set(functionName, behaviour);
  }

  async freshness(now = this.clock.now()): Promise<Record<Copy, measures.Freshness>> {
    const athena = await measures.warehouseFreshness(this.duck, this.warehouse, now);
    return { athena, ledger: await measures.ledgerFreshness(this.pool, now) };
  }

  /** Exact totals of a period: as delivered (null when that can't be read), and in both copies. */
  async totals(period: Period): Promise<Record<Copy, measures.Total> & { delivered: measures.Total | null }> {
    const report = await this.delivery.read(period).catch(() => null);
    return {
      delivered:
        report &&
        (await measures.filesTotal(
          this.duck,
          report.files.map(({ path }) => path),
        )),
      athena: await measures.warehouseTotal(this.duck, this.warehouse, period),
      ledger: await measures.ledgerTotal(this.pool, period),
    };
  }

  /** What both copies hold of a period, by service, line type and tenant. */
  async costGroups(period: Period): Promise<Record<Copy, measures.CostGroup[]>> {
    return {
      athena: await measures.warehouseGroups(this.duck, this.warehouse, period),
      ledger: await measures.ledgerGroups(this.pool, period),
    };
  }

  /** The pool is its maker's to end. */
  close(): void {
    this.duck.close();
  }

  /** A real report has been delivered as a whole; of generated lines AWS always lags behind. */
  private deliverable(whole = this.kept.get('source')?.kind === 'export'): Date {
    const now = this.clock.now();
    return whole ? now : new Date(now.getTime() - DELIVERY_LAG_HOURS * HOUR_MS);
  }

  private get tools(): IngestionTools {
    const { pool, duck, warehouse, directory, clock } = this;
    return { pool, duck, warehouse, directory, now: () => clock.now() };
  }

  private get exportPath(): string {
    return join(this.directory, 'cur-export.parquet');
  }

  private get source(): CostSource {
    const kept = this.kept.get('source');
    if (!kept) throw new Error('Commercial-Ops has no data yet: call seed() first');
    return this.sourceFrom(kept);
  }

  private sourceFrom(kept: KeptSource): CostSource {
    return kept.kind === 'generated'
      ? new GeneratedSource(this.duck, kept)
      : new ExportSource(this.duck, { path: kept.path, newestUsageEnd: new Date(kept.newestUsageEnd) });
  }

  private async changeablePeriods(): Promise<Period[]> {
    const { rows } = await this.pool.query<{ period: Period }>(
      `select to_char(period_start, 'YYYY-MM') as period from period_state where state <> 'closed' order by 1`,
    );
    return rows.map(({ period }) => period);
  }
}
