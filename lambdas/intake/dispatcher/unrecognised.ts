import { isNamed } from '../../platform/error-cause.ts';
import { digestOf, type Origin } from '../alarm-events/received.ts';
import type { Log } from '../../platform/log.ts';
import { oneLine, quoted } from '../../domain/foreign-text.ts';
import { layout } from '../../notifications/message.ts';
import type { Notify } from '../../notifications/notify.ts';
import type { AwsClients } from '../../platform/aws.ts';

/** A message that starts nothing although it may have to. */
export interface Unrecognised {
  readonly reason: string;
  readonly body: string;
  readonly origin: Origin;
}

export interface UnrecognisedReports {
  /**
   * Notifies SRE, and keeps the body at `unrecognised/<yyyy-mm-dd>/<sha256>` of the record bucket; the
   * same body once a day.
   * @returns the digest @throws when people could not be notified or the body not be kept; may be
   * repeated
   */
  report(message: Unrecognised): Promise<string>;
}

export interface UnrecognisedOptions {
  readonly clients: Pick<AwsClients, 's3'>;
  readonly notify: Notify;
  readonly bucket: string;
  readonly topicArn: string;
  readonly now: () => Date;
  readonly log: Log;
}

export function createUnrecognised(options: UnrecognisedOptions): UnrecognisedReports {
  const { notify, bucket, topicArn, now, log } = options;
  return {
    async report({ reason, body, origin }) {
      const digest = digestOf(body);
      const key = `unrecognised/${now().toISOString().slice(0, 10)}/${digest}`;
      const fields = { reason, digest, key, via: origin.via, source: origin.source };
      if (await isKept(options, key)) {
        log.warn('unrecognised again', fields);
        return digest;
      }
      log.warn('unrecognised', fields);
      // In this order: the kept body is the mark that people were notified.
      await notify(topicArn, {
        event: 'unrecognised',
        subject: `unrecognised message: ${quoted(reason, 200)}`,
        body: tell({ reason, body, origin }, digest, `s3://${bucket}/${key}`),
      });
      await keep(options, key, body, origin);
      return digest;
    },
  };
}

/** Without the body, which may hold anything: notifications carry no customer data. */
function tell({ reason, body, origin }: Unrecognised, digest: string, place: string): string {
  return layout({
    headline: 'The dispatcher got a message that it cannot turn into a run.',
    facts: [
      ['Why', quoted(reason, 500)],
      ['Came by', `${oneLine(origin.via, 200)}${origin.source ? ` from ${quoted(origin.source, 300)}` : ''}`],
      ['Size', `${Buffer.byteLength(body)} bytes`],
      ['SHA-256', digest],
      ['Kept at', place],
    ],
    body: [
      [
        'Nothing was done about it. If it is an alarm, work through the runbook by hand, and give the alarm a',
        'playbook or the dispatcher a parser. If it does not belong here, remove its sender from the topic.',
      ],
    ],
  });
}

async function isKept({ clients, bucket }: UnrecognisedOptions, key: string): Promise<boolean> {
  const s3 = await clients.s3();
  try {
    await s3.headObject({ Bucket: bucket, Key: key });
    return true;
  } catch (error) {
    if (isNamed(error, 'NotFound', 'NoSuchKey')) return false;
    throw error;
  }
}

async function keep(
  { clients, bucket }: UnrecognisedOptions,
  key: string,
  body: string,
  { via }: Origin,
): Promise<void> {
  const s3 = await clients.s3();
  await s3.putObject({
    Bucket: bucket,
    Key: key,
    Body: Buffer.from(body),
    ContentType: 'text/plain; charset=utf-8',
    Metadata: { via },
  });
}
