import type { Recovery } from '../catalog/playbooks/definition.ts';
import type { Measured } from '../catalog/signals/publish.ts';
import { known, unknown, type Known } from '../domain/known.ts';
import { targetKey } from '../domain/run-record.ts';
import { targetWords, type Target } from '../domain/run-request.ts';
import { between } from '../domain/words.ts';
import type { AlarmState } from '../platform/alarm-now.ts';
import type { ReadTools } from '../platform/clients.ts';
import { causeOf } from '../platform/tell-error.ts';
import { arnOf, type Permissions } from '../platform/iam.ts';
import type { Attempt } from '../platform/journal.ts';
import { log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import {
  alarmAfterWait,
  waitForAlarm,
  waitForAlarmPermissions,
  type Waiter,
} from '../waits/wait-for-alarm.ts';
import type { Noted, RunContext } from './run-context.ts';
import { runProbes, type Findings } from './run-probes.ts';
import type { Begun, CarriedOut, Decided, Ended, Opened, Planned, RunResult } from './run-state.ts';

interface Verified {
  readonly verdict: 'recovered' | 'not-recovered' | 'not-known';
  readonly tell: string;
  /** This target is done as far as its metric shows: the alarm stands for another one. */
  readonly next?: Target;
}

/** For the next sweep, which takes no moment before the run's end. */
const NEXT_AFTER_MS = 60_000;

const inconclusive = (run: RunContext, { next }: Verified, why: string): RunResult => ({
  outcome: 'inconclusive',
  why,
  ...(next && {
    then: { kind: 'next', target: next },
    lookAgainAt: new Date(run.now().getTime() + NEXT_AFTER_MS).toISOString(),
  }),
});

type About = Pick<Begun, 'target'>;

interface Measuring extends Verified {
  /** ISO 8601. */
  readonly at: string;
}

/** To measure now, and to wait for the alarm. */
export const verifyPermissions: Permissions = (settings) => [
  {
    actions: ['lambda:InvokeFunction'],
    resources: [arnOf(settings, 'lambda', `function:${settings.signals}`)],
  },
  ...waitForAlarmPermissions(settings),
];

/** How far evaluation lags behind its last period. */
const ALARM_SLACK_SECONDS = 120;

/** An incident ends by proof, not because its alarm is quiet. */
export async function proveOver(run: RunContext, opened: Opened): Promise<RunResult> {
  const { verdict, tell } = await verify(run, opened);
  return { outcome: verdict === 'recovered' ? 'self-healed' : 'inconclusive', why: tell };
}

/** Nothing needs doing: this is proven, too. */
export async function proveHealthy(run: RunContext, decided: Decided): Promise<RunResult> {
  const { why } = decided.decision;
  const verified = await verify(run, decided);
  const { verdict, tell } = verified;
  return verdict === 'recovered'
    ? { outcome: 'self-healed', why: `${why}; ${tell}` }
    : inconclusive(run, verified, `${why}; but ${tell}`);
}

export async function proveRepaired(run: RunContext, carriedOut: CarriedOut): Promise<RunResult> {
  const { handOff, why } = carriedOut.decision;
  if (handOff) {
    // The alarm cannot go OK before people have done what the plan leaves to them.
    const { tell } = await verifyMetric(run, carriedOut);
    return { outcome: 'escalated', why: `${handOff.why}; the rest was done: ${why}; now ${tell}` };
  }
  const verified = await verify(run, carriedOut);
  const { verdict, tell } = verified;
  switch (verdict) {
    case 'recovered':
      return { outcome: 'resolved', why: tell };
    case 'not-known':
      return inconclusive(run, verified, tell);
    case 'not-recovered':
      return { outcome: 'ineffective', why: `the plan was carried out, but it did not help: ${tell}` };
  }
}

/** What was refused, or waited in vain, may be what somebody else has repaired between the decision and the act. */
export async function proveOvertaken(
  run: RunContext,
  ended: Ended<Planned>,
  overtaken: 'whole' | 'part',
): Promise<RunResult> {
  const { decision, end } = ended;
  // What the plan leaves to people is left to them still.
  if (decision.handOff) return end;
  const { verdict, tell } = await verify(run, ended);
  if (verdict !== 'recovered') return end;
  const outcome = overtaken === 'whole' ? 'self-healed' : 'resolved';
  return { outcome, why: `${tell}; somebody else was faster: ${end.why}` };
}

/**
 * Recovered only when both the business metric and the alarm say so:
 * 1. Measure the signals now, and check the metric independently of what was done.
 * 2. Healthy: wait for the alarm's OK, at most its N periods and two minutes. Woken while it is not OK: wait out the rest.
 * 3. Check the metric again: the OK is about datapoints that are minutes old.
 */
async function verify(run: RunContext, begun: About): Promise<Verified> {
  const measured = await verifyMetric(run, begun, run.alarm !== undefined);
  if (measured.verdict !== 'recovered' || !run.alarm) return measured;
  const { name, datapoints, periodMinutes } = run.alarm;
  const { request, settings, tools, now } = run;
  const waiter = { run: request.run, alarm: name, settings, tools, now };
  const seconds = datapoints.outOf * periodMinutes * 60 + ALARM_SLACK_SECONDS;
  const woken = await waitForAlarm('verify:alarm', seconds, run.journal, waiter);
  let seen = await alarmSeen('verify:alarm-state', run, begun, waiter, woken);
  const rest = Math.ceil(seconds - (Date.parse(seen.at) - Date.parse(measured.at)) / 1_000);
  if (!seen.metric && rest > 0) {
    // It was OK for a moment, or somebody has only said so: the time is not over.
    await run.journal.pause('verify:alarm-rest', rest);
    seen = await alarmSeen('verify:alarm-state-after-rest', run, begun, waiter, true);
  }
  const { at, alarm, metric, other } = seen;
  const before = measured.tell;
  const notKnown = (but: string): Verified => ({ verdict: 'not-known', tell: `${before}, ${but}` });
  if (other) {
    const tell = `${before}; alarm ${name} stands for ${targetWords(other.target)}, which is unhealthy: ${other.tell}`;
    return { verdict: 'not-known', tell, next: other.target };
  }
  if (!metric) return notKnown(`but alarm ${name} is ${alarm.state} after ${between(measured.at, at)}`);
  if (!metric.ok) return notKnown(`and alarm ${name} is OK; but now ${metric.why}`);
  const { healthy, summary } = metric.value;
  if (healthy) return { verdict: 'recovered', tell: `${summary}; alarm ${name} is OK` };
  const tell = `${before}; alarm ${name} is OK, but the metric is unhealthy again: ${summary}`;
  return { verdict: 'not-recovered', tell };
}

/** The alarm after the wait; where it is OK, what the metric says then. */
const alarmSeen = (
  step: 'verify:alarm-state' | 'verify:alarm-state-after-rest',
  run: RunContext,
  { target }: About,
  waiter: Waiter,
  woken: boolean,
): Promise<AlarmSeen> =>
  run.step<AlarmSeen>(
    step,
    async (attempt) => {
      const at = run.now().toISOString();
      const alarm = await alarmAfterWait(waiter, woken);
      if (alarm.state !== 'OK') return { at, alarm, ...(await unhealthyOther(run, target, attempt)) };
      const { findings: _, ...checked } = await checkMetric(run, target, 'once-more', attempt);
      return { at, alarm, ...checked };
    },
    ({ alarm, metric, other }) => ({
      tell: `alarm ${waiter.alarm} is ${alarm.state}${other ? ` for ${targetWords(other.target)}` : ''}${metric ? `, and ${metric.ok ? metric.value.summary : metric.why}` : ''}`,
      detail: { ...alarm, metric },
    }),
  );

interface AlarmSeen extends Noted {
  /** ISO 8601: the wait may end before its limit. */
  readonly at: string;
  readonly alarm: AlarmState;
  /** When the alarm is OK: what the metric says then. */
  readonly metric?: Known<Recovery>;
  /** When it is not: another target for which it stands. */
  readonly other?: { readonly target: Target; readonly tell: string };
}

/** The worst other target that the playbook locates, if its metric is unhealthy. A failure is no verdict. */
async function unhealthyOther(
  run: RunContext,
  target: Target,
  attempt: Attempt,
): Promise<Pick<AlarmSeen, 'other' | 'evidenceSets'>> {
  const { playbook, settings, tools, now } = run;
  const mine = targetKey(target);
  const located = await attempt.known(async () => playbook.locate?.({ now: now(), settings, tools }) ?? []);
  // While this one is still among them, it isn't done.
  if (!located.ok || located.value.some((one) => targetKey(one) === mine)) return {};
  const [other] = located.value;
  if (!other) return {};
  const { metric, evidenceSets } = await checkMetric(run, other, 'other', attempt);
  if (!metric.ok || metric.value.healthy) return {};
  return { other: { target: other, tell: metric.value.summary }, ...(evidenceSets && { evidenceSets }) };
}

/**
 * By the metric alone.
 * @param waits where the metric is healthy, the run waits for its alarm next, and notifies nobody before
 */
async function verifyMetric(run: RunContext, { target }: About, waits = false): Promise<Measuring> {
  const { metric, findings } = await run.step<MetricCheck & { signals: string }>(
    'verify:measure',
    async (attempt) => {
      // The signals first: the alarm only goes OK on datapoints newer than the repair.
      const { tools, settings, alarm } = run;
      const signals = alarm ? await measureSignals(tools, settings, alarm.metric) : '';
      return { ...(await checkMetric(run, target, 'after', attempt)), signals };
    },
    ({ metric, signals, findings: { told, evidence } }) => ({
      tell: `${tellMetric(metric)}${signals && `; ${signals}`}`,
      detail: { told, evidence },
    }),
    ({ metric }) => waits && metric.ok && metric.value.healthy,
  );
  const { at } = findings;
  if (!metric.ok) return { verdict: 'not-known', tell: metric.why, at };
  const { healthy, summary: tell } = metric.value;
  return { verdict: healthy ? 'recovered' : 'not-recovered', tell, at };
}

const tellMetric = (metric: Known<Recovery>): string =>
  metric.ok ? `${metric.value.healthy ? 'healthy' : 'not healthy'}: ${metric.value.summary}` : metric.why;

interface MetricCheck extends Noted {
  /** Unknown when a probe did not answer: that is no verdict. */
  readonly metric: Known<Recovery>;
  readonly findings: Findings;
}

/** The business metric by the playbook's independent check. */
async function checkMetric(
  run: RunContext,
  target: Target,
  set: string,
  { isLast }: Attempt,
): Promise<MetricCheck> {
  const { recovery } = run.playbook;
  const now = run.now();
  const findings = await runProbes(recovery.probes, set, { target, now, tolerant: isLast }, run);
  const { failed, finding } = findings;
  const metric =
    failed.length > 0
      ? unknown(`could not look: ${failed.join('; ')}`)
      : known(recovery.check(finding, { target, now }));
  return { metric, findings, evidenceSets: findings.sealed };
}

/** Makes the signals function measure one metric now. A failure is no verdict: the alarm will tell. */
async function measureSignals(tools: ReadTools, settings: Settings, metric: string): Promise<string> {
  try {
    const lambda = await tools.patientLambda();
    const { FunctionError, Payload } = await lambda.invoke({
      FunctionName: settings.signals,
      Payload: JSON.stringify({ measure: [metric] }),
    });
    const answer = Payload?.transformToString() ?? '';
    if (FunctionError) throw new Error(answer);
    const { values, unmeasured } = JSON.parse(answer) as Measured;
    const value = values[metric];
    if (value === undefined) throw new Error(unmeasured[metric] ?? 'no reason given');
    return `${metric} measured and published: ${value ?? 'nothing to measure'}`;
  } catch (error) {
    log.warn('a metric could not be measured', { metric, error });
    return `${metric} could not be measured (${causeOf(error)})`;
  }
}
