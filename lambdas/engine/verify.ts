import { completeCallback } from '../platform/complete-callback.ts';
import { alarmNow, alarmNowPermissions, type AlarmNow } from './alarm-now.ts';
import { log } from '../platform/log.ts';
import type { AlarmDeclaration, AnyPlaybook, Recovery } from '../catalog/playbooks/definition.ts';
import { arnOf, type Permissions } from '../platform/iam.ts';
import type { Settings } from '../platform/settings.ts';
import { errorCause } from '../platform/error-cause.ts';
import type { Measured } from '../catalog/signals/publish.ts';
import { takeLooks, type Findings, type Looking } from './diagnose.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';
import type { Target } from '../domain/run-request.ts';
import type { ReadTools } from '../platform/clients.ts';

/** Whether the fault is gone, as far as anybody but ourselves can tell. */
export interface Verified {
  readonly verdict: 'recovered' | 'not-recovered' | 'not-known';
  readonly tell: string;
}

export interface Verifying {
  readonly run: string;
  readonly playbook: AnyPlaybook;
  readonly target: Target;
  /** The alarm that must go OK: the one behind the run, or the playbook's first; none where only people start runs. */
  readonly alarm: AlarmDeclaration | undefined;
  readonly journal: Journal;
  readonly looking: Looking;
  readonly now: () => Date;
  /** Told of the phase whose evidence was kept. */
  readonly kept: (phase: string) => unknown;
}

/** What proving a repair needs: measuring now, reading the alarm, and a callback left where its OK arrives. */
export const verifyPermissions: Permissions = (settings) => {
  const runner = settings.runner.slice(0, settings.runner.lastIndexOf(':'));
  return [
    {
      actions: ['lambda:InvokeFunction'],
      resources: [arnOf(settings, 'lambda', `function:${settings.signals}`)],
    },
    ...alarmNowPermissions(settings),
    { actions: ['lambda:SendDurableExecutionCallbackSuccess'], resources: [`${runner}:*`] },
    {
      actions: ['s3:PutObject', 's3:DeleteObject'],
      resources: [arnOf(settings, 's3', `${settings.bucket}/waiting/*`)],
    },
  ];
};

/** What the evaluation lags behind its last period. */
const ALARM_SLACK_SECONDS = 120;

/**
 * Looks at the business metric independently of what we did, has the signals measured now, and waits until the
 * alarm itself says OK: at most its N periods and two minutes. Then it looks once more.
 */
export async function verify(verifying: Verifying): Promise<Verified> {
  const seen = await look(verifying);
  const { alarm } = verifying;
  return seen.verdict === 'recovered' && alarm ? awaitOk({ ...verifying, alarm }, seen.tell) : seen;
}

/** Of a plan that leaves something to people: what can be seen now. The alarm cannot go OK before they have been at it. */
export const verifyPart = (verifying: Verifying): Promise<Verified> => look(verifying);

async function look(verifying: Verifying): Promise<Verified> {
  const { recovery, findings } = await verifying.journal.repeatable(
    'verify:measure',
    (attempt) => measure(verifying, attempt),
    ({ recovery, signals, findings }) => ({
      tell: `${recovery ? `${recovery.healthy ? 'healthy' : 'not healthy'}: ${recovery.summary}` : couldNotLook(findings)}${signals && `; ${signals}`}`,
      detail: { told: findings.told, evidence: findings.evidence },
    }),
  );
  verifying.kept('after');
  if (!recovery) return { verdict: 'not-known', tell: couldNotLook(findings) };
  return { verdict: recovery.healthy ? 'recovered' : 'not-recovered', tell: recovery.summary };
}

type Watching = Verifying & { readonly alarm: AlarmDeclaration };

async function awaitOk(watching: Watching, healthy: string): Promise<Verified> {
  const { alarm, journal, looking, run } = watching;
  const waiting = `waiting/${alarm.name}/${run}.json`;
  const seconds = alarm.datapoints.outOf * alarm.periodMinutes * 60 + ALARM_SLACK_SECONDS;
  await journal.called('verify:alarm', (id) => offerCallback(watching, waiting, id), seconds);
  const state = await journal.repeatable<AlarmSeen>(
    'verify:alarm-state',
    async (attempt) => {
      await forget(looking, waiting);
      const now = await alarmNow(looking.tools, alarm.name);
      return now.state === 'OK' ? { ...now, metric: await lookOnceMore(watching, attempt) } : now;
    },
    ({ name, state, ...value }) => ({
      tell: `alarm ${name} is ${state}${value.metric ? `, and ${value.metric.summary}` : ''}`,
      detail: { name, state, ...value },
    }),
  );
  if (state.metric) watching.kept(ONCE_MORE);
  if (state.state !== 'OK') {
    const tell = `${healthy}, but alarm ${alarm.name} is ${state.state} after ${seconds / 60} min`;
    return { verdict: 'not-known', tell };
  }
  const { healthy: still = true, summary: tell = healthy } = state.metric ?? {};
  if (still === true) return { verdict: 'recovered', tell: `${tell}; alarm ${alarm.name} is OK` };
  return still === null
    ? { verdict: 'not-known', tell: `${healthy}, and alarm ${alarm.name} is OK; but now ${tell}` }
    : {
        verdict: 'not-recovered',
        tell: `${healthy}; but now that alarm ${alarm.name} is OK it is sick again: ${tell}`,
      };
}

/** The alarm when it was waited for; where it is OK, what the metric itself says then. */
interface AlarmSeen extends AlarmNow {
  /** `healthy` null: nobody can tell. */
  readonly metric?: { readonly healthy: boolean | null; readonly summary: string };
}

const ONCE_MORE = 'once-more';

/** An OK is of datapoints that were measured minutes ago; what has become sick again since is not repaired. */
async function lookOnceMore(
  { playbook, target, looking, now }: Verifying,
  attempt: number,
): Promise<NonNullable<AlarmSeen['metric']>> {
  const moment = now();
  const context = { target, now: moment, tolerant: attempt >= LOOK_ATTEMPTS };
  const findings = await takeLooks(playbook.recovery.probes, ONCE_MORE, context, looking);
  if (findings.failed.length > 0) return { healthy: null, summary: couldNotLook(findings) };
  return playbook.recovery.check(findings.finding, { target, now: moment });
}

const couldNotLook = ({ failed }: Findings): string => `could not look: ${failed.join('; ')}`;

interface Proof {
  /** Undefined when a look did not answer: that is no verdict. */
  readonly recovery: Recovery | undefined;
  readonly signals: string;
  readonly findings: Findings;
}

async function measure(
  { playbook, target, alarm, looking, now }: Verifying,
  attempt: number,
): Promise<Proof> {
  // The signals first: the alarm can only go OK on datapoints that are newer than the repair.
  const signals = alarm ? await measureSignals(looking.tools, looking.settings, alarm.metric) : '';
  const moment = now();
  const findings = await takeLooks(
    playbook.recovery.probes,
    'after',
    { target, now: moment, tolerant: attempt >= LOOK_ATTEMPTS },
    looking,
  );
  if (findings.failed.length > 0) return { recovery: undefined, signals, findings };
  const recovery = playbook.recovery.check(findings.finding, { target, now: moment });
  return { recovery, signals, findings };
}

/** Asks the signals function to measure one metric now. That it cannot is no verdict: the alarm will tell. */
async function measureSignals(tools: ReadTools, settings: Settings, metric: string): Promise<string> {
  try {
    const { InvokeCommand } = await import('@aws-sdk/client-lambda');
    const lambda = await tools.patientLambda();
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: settings.signals, Payload: JSON.stringify({ measure: [metric] }) }),
    );
    const answer = Payload?.transformToString() ?? '';
    if (FunctionError) throw new Error(answer);
    const { values, unmeasured } = JSON.parse(answer) as Measured;
    const value = values[metric];
    if (value === undefined) throw new Error(unmeasured[metric] ?? 'no reason given');
    return `${metric} measured and published: ${value ?? 'nothing to measure'}`;
  } catch (error) {
    log.warn('a metric could not be measured', { metric, error });
    return `${metric} could not be measured (${errorCause((error as Error).message)})`;
  }
}

/** Leaves the callback where the dispatcher finds it, and completes it at once when the alarm is OK already. */
async function offerCallback(
  { run, alarm, looking, now }: Watching,
  key: string,
  callbackId: string,
): Promise<void> {
  const { tools, settings } = looking;
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  const s3 = await tools.s3();
  await s3.send(
    new PutObjectCommand({
      Bucket: settings.bucket,
      Key: key,
      Body: JSON.stringify({ callbackId, run, since: now().toISOString() }),
    }),
  );
  // In this order: an OK that comes between the two is seen by one of them.
  const { state } = await alarmNow(tools, alarm.name);
  if (state !== 'OK') return;
  await completeCallback(tools, callbackId, 'already OK');
}

async function forget({ tools, settings }: Looking, key: string): Promise<void> {
  const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
  const s3 = await tools.s3();
  await s3.send(new DeleteObjectCommand({ Bucket: settings.bucket, Key: key }));
}
