import type { Trust } from '../../lambdas/domain/limits.ts';
import { Sandbox } from '../../sandbox/sandbox.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';
import { copyWorld, type WorldCopy, type WorldPlace } from '../../sandbox/world-template.ts';
import type { ExecutionRecord } from '../../emulator/lambda/durable-record.ts';
import { Counts } from './counts.ts';
import { LedgerWatch } from './ledger-watch.ts';
import { MODEL_LIMITS, MODEL_PACE } from './limits.ts';
import { Orders } from './orders.ts';
import { ALARMS, Healthy, METRICS, MONTHS } from './targets.ts';
import { storyOf } from './story.ts';
import { WireWatch } from './wire-watch.ts';
import { broken } from './invariants.ts';

/** Early in a month: there is room for many sequences before it ends. */
export const BEGIN = new Date('2026-11-10T09:00:00Z');
/** The costs of a healthy world are reloaded after as many hours: after two days they would be stale. */
const FRESH_HOURS = 4;
/** From this day on another world is taken: the next month is not in it. */
const LAST_DAY = 26;
/** Executions that a sandbox remembers before it is left for another one. */
const MANY = 400;
const MINUTE_MS = 60_000;
/** Until the last transition's datapoints are out of every alarm's sight. */
const REST_MINUTES = 6;
/** By then every run has ended: an approval expires after an hour, a job and its alarm within half of one. */
const END_MINUTES = 200;

/** A sandbox that many sequences share; between two of them it is a healthy world again, with nothing on record. */
export class World {
  readonly counts = new Counts();
  sandbox!: Sandbox;
  ledger!: LedgerWatch;
  wire!: WireWatch;
  orders = new Orders();
  private healthy!: Healthy;
  private copy: WorldCopy | undefined;
  private readonly place: WorldPlace;
  private began = 0;
  private ingestedAt = 0;
  private environments = new Map<string, Readonly<Record<string, string>>>();

  constructor(place: WorldPlace) {
    this.place = place;
  }

  /** The healthy world that every sequence begins with, in which people trust the playbooks so far. */
  async begin(trust: Readonly<Record<string, Trust>>): Promise<void> {
    if (this.copy && (this.now().getUTCDate() >= LAST_DAY || this.allRuns().length > MANY)) await this.stop();
    if (this.copy) await this.cleanUp();
    else await this.start();
    this.orders = new Orders();
    await this.measure();
    await this.pass(REST_MINUTES);
    this.began = this.allRuns().length;
    await this.ledger.forget();
    this.wire.forget();
    await this.sandbox.pool.query(
      `insert into responder.standing (playbook, trust, trust_since, trust_by)
       select key, value, $2, 'the model' from jsonb_each_text($1)`,
      [JSON.stringify(trust), this.now()],
    );
  }

  /** Lets everything come to its end, and looks at it once more. */
  async finish(): Promise<void> {
    const { faults, ledger, clock } = this.sandbox;
    await clock.idle();
    faults.clear();
    ledger.restore();
    await this.seeAgain();
    const over = new Date(this.now().getTime() + END_MINUTES * MINUTE_MS);
    const ended = await clock.advanceUntil(() => this.running().length === 0, over);
    await this.check();
    if (!ended)
      throw new Error(
        `runs that never end: ${this.running()
          .map(({ name }) => name)
          .join(', ')}`,
      );
    await this.count();
  }

  /** @throws naming the first thing that must never happen and has */
  async check(): Promise<void> {
    this.wire.tick();
    await this.ledger.look();
    const [first] = await broken(this);
    if (first !== undefined) throw new Error(first);
  }

  now(): Date {
    return this.sandbox.clock.now();
  }

  async pass(minutes: number): Promise<void> {
    await this.sandbox.clock.advanceTo(new Date(this.now().getTime() + minutes * MINUTE_MS));
    await this.sandbox.clock.idle();
  }

  async measure(): Promise<boolean> {
    const order = {
      function: 'responder-signals',
      type: 'RequestResponse',
      payload: { measure: METRICS },
    } as const;
    return (await this.sandbox.services.lambda.invoke(order)).functionError === undefined;
  }

  /** Live runs of this sequence, oldest first. */
  runs(): readonly ExecutionRecord[] {
    return this.allRuns().slice(this.began);
  }

  private allRuns(): readonly ExecutionRecord[] {
    return this.sandbox.services.lambda.engine.executions
      .all()
      .filter(({ functionName }) => functionName === 'responder-runner');
  }

  running(): readonly ExecutionRecord[] {
    return this.runs().filter(({ status }) => status === 'RUNNING');
  }

  /** What the ledger's guards could not be asked is there again. */
  async seeAgain(): Promise<void> {
    await this.sandbox.pool.query('alter table if exists responder.switch_away rename to switch');
    for (const what of ['ledger', 'switch', 'alarm']) this.orders.end(this.orders.blind, what, this.now());
  }

  async stop(): Promise<void> {
    const { copy } = this;
    this.copy = undefined;
    this.began = 0;
    if (!copy) return;
    await this.sandbox.stop();
    await copy.drop();
  }

  private async start(): Promise<void> {
    this.copy = await copyWorld(this.place, { now: BEGIN, settled: true });
    this.sandbox = await Sandbox.start({
      ...this.copy.world,
      volatile: true,
      limits: MODEL_LIMITS,
      pace: MODEL_PACE,
    });
    const { scheduler, cloudwatch, lambda } = this.sandbox.services;
    for (const schedule of scheduler.schedules.all())
      await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
    // Measuring and sweeping are the model's to order; alarms of what it does not measure would only tell of that.
    for (const { settings } of cloudwatch.alarms.all())
      if (!ALARMS.includes(settings.name)) await cloudwatch.alarms.delete(settings.name);
    for (const name of ['cur_ingestion', 'allocation_runner'])
      this.environments.set(name, lambda.functions.resolve(name).fn.environment);
    this.ledger = new LedgerWatch(this.sandbox.pool);
    await this.ledger.setUp();
    this.healthy = new Healthy(this.sandbox);
    await this.healthy.keep();
    this.wire = new WireWatch(this.sandbox, ALARMS, (at) => this.ledger.sick(at));
    this.sandbox.watch(this.wire.observe);
    this.ingestedAt = this.now().getTime();
  }

  heal: Healthy['heal'] = (name) => this.healthy.heal(name);

  private async cleanUp(): Promise<void> {
    const { faults, ledger, pool, services } = this.sandbox;
    faults.clear();
    ledger.restore();
    await this.seeAgain();
    for (const rule of services.cloudwatch.muteRules.all())
      await services.cloudwatch.muteRules.delete(rule.name);
    for (const name of Object.values(services.estate.jobs)) await services.commercialOps.behave(name);
    for (const [name, environment] of this.environments)
      services.lambda.updateFunction(name, { environment });
    // Nobody is to be called for what is forgotten.
    const { executions } = services.lambda.engine;
    for (const { functionName, status, arn } of executions.all())
      if (functionName === 'responder-escalation' && status === 'RUNNING')
        await services.lambda.engine.stop(arn, undefined);
    await pool.query(`truncate responder.incident, responder.run, responder.step, responder.guard, responder.evidence,
      responder.switch, responder.standing, responder.lock, responder.approval, responder.approver, responder.shadow, responder.command,
      responder.episode, responder.told, responder.postmortem, responder.used_link, responder.last_end`);
    // Guards believe the last order in the audit; these belong to the sequence before.
    await pool.query(
      `set session_replication_role = replica; delete from responder.audit where chain = 'people'; reset session_replication_role`,
    );
    await this.healthy.restore();
    if (this.now().getTime() - this.ingestedAt < FRESH_HOURS * 60 * MINUTE_MS) return;
    await services.commercialOps.setIngested(hoursAgo(this.sandbox, 30), undefined, [MONTHS[0]]);
    this.ingestedAt = this.now().getTime();
    await this.healthy.keepAllocation();
    await this.ledger.allocationIsHealthy();
  }

  private async count(): Promise<void> {
    for (const { status, result } of this.runs()) {
      const { outcome = status } = JSON.parse(result ?? '{}') as { outcome?: string };
      this.counts.add('outcomes', outcome);
    }
    for (const { name } of storyOf(this).acts) this.counts.add('actions sent', name);
    const { rows } = await this.sandbox.pool.query<{ guard: string; count: number }>(
      `select guard, count(*)::int as count from responder.guard where answer = 'refuse' group by 1`,
    );
    for (const { guard, count } of rows) this.counts.add('refusals by guard', guard, count);
  }
}
