import { isGone } from '../../platform/complete-callback.ts';
import * as z from 'zod';
import type { Alarm } from '../../domain/alarm.ts';
import type { Log } from '../../platform/log.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Clients } from './clients.ts';

/** What a run leaves at `waiting/<alarm name>/<run>.json` while it waits for its alarm to go OK. */
export const Waiting = z.object({
  callbackId: z.string().min(1),
  run: z.string().min(1),
  /** An OK of before this moment is not meant for the run. */
  since: z.iso.datetime({ offset: true }).optional(),
});
export type Waiting = z.infer<typeof Waiting>;

export interface WaitingRuns {
  /**
   * Completes the callbacks of all runs that wait for this alarm, and answers the runs reached.
   * @throws after having tried all, when one could not be reached; it may be repeated
   */
  release(alarm: Alarm): Promise<readonly string[]>;
}

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
          const answered = await complete(clients, waiting, alarm);
          if (answered) reached.push(waiting.run);
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

/** Only keys right under the prefix: an alarm `a` must not find the runs of an alarm `a/b`. */
async function waitingKeys(clients: Clients, bucket: string, alarm: string): Promise<string[]> {
  const [s3, { paginateListObjectsV2 }] = await Promise.all([clients.s3(), import('@aws-sdk/client-s3')]);
  const keys: string[] = [];
  const prefix = `waiting/${alarm}/`;
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
  }
  return keys.filter((key) => !key.slice(prefix.length).includes('/'));
}

async function read(clients: Clients, bucket: string, key: string, log: Log): Promise<Waiting | undefined> {
  const [s3, { GetObjectCommand }] = await Promise.all([clients.s3(), import('@aws-sdk/client-s3')]);
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Waiting.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error;
    // Trying again would not mend it, and the run times out and looks for itself.
    log.error('a waiting run cannot be read', { key, error });
    return undefined;
  }
}

async function complete(clients: Clients, { callbackId }: Waiting, alarm: Alarm): Promise<boolean> {
  const [lambda, { SendDurableExecutionCallbackSuccessCommand }] = await Promise.all([
    clients.lambda(),
    import('@aws-sdk/client-lambda'),
  ]);
  try {
    const Result = Buffer.from(canonicalJson(alarm));
    await lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: callbackId, Result }));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** The run forgets it too, and the bucket's lifecycle at last: a failure here is no reason to repeat the OK. */
async function forget(clients: Clients, bucket: string, key: string, log: Log): Promise<void> {
  const [s3, { DeleteObjectCommand }] = await Promise.all([clients.s3(), import('@aws-sdk/client-s3')]);
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
    log.warn('a waiting run could not be removed', { key, error });
  });
}
