import { isNamed } from '../platform/error-cause.ts';
import * as z from 'zod';
import type { Alarm } from '../domain/alarm.ts';
import type { ReadTools } from '../platform/clients.ts';
import { completeCallback } from '../platform/complete-callback.ts';
import type { Log } from '../platform/log.ts';
import { Waiting, waitingFor } from './waiting.ts';

export interface WaitingRuns {
  /**
   * Completes the callbacks of all runs that wait for this alarm (`wait-for-alarm.ts`).
   * @returns the runs woken @throws after trying all, when one failed; may be repeated
   */
  release(alarm: Alarm): Promise<readonly string[]>;
}

type Clients = Pick<ReadTools, 's3' | 'lambda'>;

export function createWaitingRuns(clients: Clients, bucket: string, log: Log): WaitingRuns {
  return {
    async release(alarm) {
      const reached: string[] = [];
      const errors: unknown[] = [];
      for (const key of await waitingKeys(clients, bucket, alarm.name)) {
        try {
          const waiting = await read(clients, bucket, key, log);
          if (!waiting) continue;
          if (waiting.since && Date.parse(waiting.since) > Date.parse(alarm.changedAt)) continue;
          if (await completeCallback(clients, waiting.callbackId, alarm)) reached.push(waiting.run);
          await forget(clients, bucket, key, log);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) {
        throw new AggregateError(
          errors,
          `${errors.length} run(s) that wait for ${alarm.name} could not be reached`,
        );
      }
      return reached;
    },
  };
}

/** Only keys directly under the prefix: alarm `a` must not find the runs of alarm `a/b`. */
async function waitingKeys(clients: Clients, bucket: string, alarm: string): Promise<string[]> {
  const s3 = await clients.s3();
  const keys: string[] = [];
  const prefix = waitingFor(alarm);
  for await (const page of s3.paginateListObjectsV2({ Bucket: bucket, Prefix: prefix })) {
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
  }
  return keys.filter((key) => !key.slice(prefix.length).includes('/'));
}

async function read(clients: Clients, bucket: string, key: string, log: Log): Promise<Waiting | undefined> {
  const s3 = await clients.s3();
  try {
    const { Body } = await s3.getObject({ Bucket: bucket, Key: key });
    return Waiting.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } catch (error) {
    if (isNamed(error, 'NoSuchKey')) return undefined;
    if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error;
    // Retrying would not help; the run times out and checks for itself.
    log.error('a waiting run cannot be read', { key, error });
    return undefined;
  }
}

/** The bucket's lifecycle deletes it, too: a failure is no reason to repeat the OK. */
async function forget(clients: Clients, bucket: string, key: string, log: Log): Promise<void> {
  const s3 = await clients.s3();
  await s3.deleteObject({ Bucket: bucket, Key: key }).catch((error: unknown) => {
    log.warn('a waiting run could not be removed', { key, error });
  });
}
