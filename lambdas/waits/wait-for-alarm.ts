import { alarmNowPermissions, alarmState, type AlarmState } from '../platform/alarm-now.ts';
import type { ReadTools } from '../platform/clients.ts';
import { completeCallback } from '../platform/complete-callback.ts';
import { arnOf, type Permissions } from '../platform/iam.ts';
import type { Journal } from '../platform/journal.ts';
import type { Settings } from '../platform/settings.ts';
import { waitingKey, type Waiting } from './waiting.ts';

export interface Waiter {
  readonly run: string;
  readonly alarm: string;
  readonly settings: Pick<Settings, 'bucket' | 'prefix' | 'alarms'>;
  readonly tools: ReadTools;
  readonly now: () => Date;
}

/** A callback stored where the alarm's OK arrives, and the alarm itself. */
export const waitForAlarmPermissions: Permissions = (settings) => [
  ...alarmNowPermissions(settings),
  {
    actions: ['lambda:SendDurableExecutionCallbackSuccess'],
    resources: [`${settings.runner.slice(0, settings.runner.lastIndexOf(':'))}:*`],
  },
  {
    actions: ['s3:PutObject', 's3:DeleteObject'],
    resources: [arnOf(settings, 's3', `${settings.bucket}/waiting/*`)],
  },
];

/**
 * Suspends the run until the dispatcher receives the alarm's OK and wakes it (`wake.ts`), for at most
 * this time. Whoever wakes it removes what it has left.
 * @returns whether it was woken
 */
export async function waitForAlarm(
  name: string,
  seconds: number,
  journal: Journal,
  waiter: Waiter,
): Promise<boolean> {
  const { alarm, settings, tools } = waiter;
  return journal.called(
    name,
    async (callbackId) => {
      await leave(waiter, callbackId);
      // In this order, an OK between the two is seen by one of them.
      const { state } = await alarmState(tools, settings, alarm);
      if (state !== 'OK') return;
      await remove(waiter);
      await completeCallback(tools, callbackId, 'already OK');
    },
    seconds,
  );
}

/** The alarm after the wait, however that ended; repeatable. Whether people have muted it plays no part. */
export async function alarmAfterWait(waiter: Waiter, woken: boolean): Promise<AlarmState> {
  const { alarm, settings, tools } = waiter;
  if (!woken) await remove(waiter);
  return alarmState(tools, settings, alarm);
}

async function remove({ run, alarm, settings, tools }: Waiter): Promise<void> {
  const s3 = await tools.s3();
  await s3.deleteObject({ Bucket: settings.bucket, Key: waitingKey(alarm, run) });
}

async function leave({ run, alarm, settings, tools, now }: Waiter, callbackId: string): Promise<void> {
  const s3 = await tools.s3();
  const waiting: Waiting = { callbackId, run, since: now().toISOString() };
  await s3.putObject({
    Bucket: settings.bucket,
    Key: waitingKey(alarm, run),
    Body: JSON.stringify(waiting),
  });
}
