import { isNamed } from '../../platform/error-cause.ts';
import { digestOf, type Origin } from '../alarm-events/received.ts';
import type { Log } from '../../platform/log.ts';
import { oneLine, quoted } from '../../domain/foreign-text.ts';
import { plural } from '../../domain/words.ts';
import { layout } from '../../notifications/message.ts';
import { withThought } from '../../notifications/subject.ts';
import type { Notification, Notify } from '../../notifications/notify.ts';
import type { AwsClients } from '../../platform/aws.ts';

/** A message that starts nothing although it may have to. */
export interface Unrecognised {
  readonly reason: string;
  readonly body: string;
  readonly origin: Origin;
  /**
   * People are notified once an hour of each alarm that has no playbook: CloudWatch itself sent it. Anybody can send
   * any number of the others, so people are notified once an hour of each of those kinds.
   */
  readonly about: 'no-playbook' | 'unreadable' | 'unproven' | 'unanswered';
  /** Messages with the same are told once: an alarm comes and goes, and each of its contributors sends its own. */
  readonly once?: string;
}

export interface UnrecognisedReports {
  /**
   * Notifies SRE, and keeps each body at `unrecognised/<yyyy-mm-dd>/<sha256>` of the record bucket; the
   * same body once a day.
   * @throws when people could not be notified or a body not be kept; may be repeated
   */
  report(messages: readonly Unrecognised[]): Promise<void>;
}

export interface UnrecognisedOptions {
  readonly clients: Pick<AwsClients, 's3'>;
  readonly notify: Notify;
  readonly bucket: string;
  readonly topicArn: string;
  readonly now: () => Date;
  readonly log: Log;
}

interface Kept extends Unrecognised {
  readonly digest: string;
  readonly key: string;
}

export function createUnrecognised(options: UnrecognisedOptions): UnrecognisedReports {
  const { notify, bucket, topicArn, now, log } = options;
  return {
    async report(messages) {
      const [day = '', hour = ''] = now().toISOString().split(/[T:]/);
      const unique = new Map(messages.map((message) => [digestOf(message.body), message]));
      const fresh: Kept[] = [];
      for (const [digest, message] of unique) {
        const key = `unrecognised/${day}/${digest}`;
        const again = await isKept(options, key);
        const { reason, origin } = message;
        const fields = { reason, digest, key, via: origin.via, source: origin.source };
        log.warn(again ? 'unrecognised again' : 'unrecognised', fields);
        if (!again) fresh.push({ ...message, digest, key });
      }
      for (const [notice, group] of Map.groupBy(fresh, noticeOfHour(hour))) {
        const [first, ...others] = group;
        if (!first) continue;
        const once = notice === first.digest ? undefined : `unrecognised/${day}/told/${notice}`;
        const told = once !== undefined && (await isKept(options, once));
        // In this order: the kept bodies are the mark that people were notified.
        if (!told)
          await notify(topicArn, noticeOf([first, ...others], `s3://${bucket}/unrecognised/${day}/`));
        if (once !== undefined && !told) await keep(options, once, String(group.length), first.origin);
        for (const { key, body, origin } of group) await keep(options, key, body, origin);
      }
    },
  };
}

/** What people are told together, and once. */
const noticeOfHour =
  (hour: string) =>
  ({ about, once, digest }: Kept): string => {
    if (once !== undefined) return `${about}-${digestOf(once)}`;
    return about === 'no-playbook' ? digest : `${about}-${hour}`;
  };

/** Further ones are only counted. */
const SHOWN = 10;

/** Exported for the test that keeps its text. */
export function noticeOf(group: readonly [Kept, ...Kept[]], folder: string): Notification {
  const [{ about, reason }] = group;
  const others = group.length - 1;
  const and = others > 0 ? ` (and ${plural(others, 'other')})` : '';
  const said = quoted(reason, 200);
  return {
    event: 'unrecognised',
    subject:
      UNCONFIRMED[about]?.(plural(group.length, 'alarm'), said) ??
      withThought('unrecognised message', [`${said}${and}`, plural(group.length, 'message')]),
    body: layout({
      headline: `The dispatcher got ${plural(group.length, 'message')} that it cannot take for an alarm.`,
      facts: [
        ...group.slice(0, SHOWN).flatMap((one) => factsOf(one, folder)),
        ...(group.length > SHOWN
          ? [['And', `${plural(group.length - SHOWN, 'more')}, kept in ${folder}`] as const]
          : []),
      ],
      body: [REMEDIES[about], ...(about === 'no-playbook' ? [] : [HOURLY])],
    }),
  };
}

const UNCONFIRMED: Partial<Record<Unrecognised['about'], (alarms: string, said: string) => string>> = {
  unproven: (alarms, said) =>
    withThought(`[not confirmed] ${alarms} that CloudWatch does not confirm`, [said]),
  unanswered: (alarms, said) =>
    withThought(`[no answer] ${alarms} that CloudWatch does not answer about`, [said]),
};

const REMEDIES: Readonly<Record<Unrecognised['about'], readonly string[]>> = (() => {
  const read = [
    'Nothing was done about it. If it is an alarm, work through the runbook by hand, and give the alarm a',
    'playbook or the dispatcher a parser. If it does not belong here, remove its sender from the topic.',
  ];
  const find = [
    'CloudWatch did not write it, or keeps it no longer: find its sender, who may publish to the topic or',
    'invoke the function. No waiting run was woken, and no approval will be requested.',
  ];
  const wait = [
    'An alarm of ours in ALARM is looked into by a dry run, which changes nothing: `list` shows it. Once CloudWatch',
    'answers, the sweep starts the run of each alarm that stands.',
  ];
  return { unreadable: read, 'no-playbook': read, unproven: find, unanswered: wait };
})();

const HOURLY = [
  'Others of this sort are kept in the same folder; you are notified of them in the next hour at the',
  'earliest.',
];

/** Without the body, which may hold anything: notifications carry no customer data. */
const factsOf = ({ reason, body, origin, digest }: Kept, folder: string): (readonly [string, string])[] => [
  ['Why', quoted(reason, 500)],
  ['Came by', `${oneLine(origin.via, 200)}${origin.source ? ` from ${quoted(origin.source, 300)}` : ''}`],
  ['Size', `${Buffer.byteLength(body)} bytes`],
  ['SHA-256', digest],
  ['Kept at', `${folder}${digest}`],
];

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
