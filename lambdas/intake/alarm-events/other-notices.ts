import { isObject, own, ownText, type JsonObject } from './json.ts';

/**
 * Other messages that AWS sends to operations' topics. Naming them keeps "unrecognised" reports for
 * real unknowns.
 */
const NOTICES: readonly { readonly what: string; readonly is: (value: JsonObject) => boolean }[] = [
  {
    what: 'a test event of Amazon S3',
    is: (value) => ownText(value, 'Event') === 's3:TestEvent' && ownText(value, 'Service') !== undefined,
  },
  {
    what: 'an e-mail notice of Amazon SES',
    is: (value) =>
      ['notificationType', 'eventType'].some((key) => typeof own(value, key) === 'string') &&
      ['bounce', 'complaint', 'delivery', 'mail'].some((key) => isObject(own(value, key))),
  },
  {
    what: 'a cost anomaly notice',
    is: (value) => ownText(value, 'anomalyId') !== undefined && ownText(value, 'monitorArn') !== undefined,
  },
  {
    what: 'a notice of Amazon RDS or DMS',
    is: (value) => ownText(value, 'Event Source') !== undefined && ownText(value, 'Event ID') !== undefined,
  },
  {
    what: 'a notice of EC2 Auto Scaling',
    is: (value) =>
      ownText(value, 'AutoScalingGroupARN') !== undefined ||
      (ownText(value, 'AutoScalingGroupName') !== undefined &&
        (ownText(value, 'Event') ?? ownText(value, 'LifecycleTransition')) !== undefined),
  },
];

export const knownNotice = (value: JsonObject): string | undefined =>
  NOTICES.find(({ is }) => is(value))?.what;

/** AWS Budgets writes plain text: `AWS Budget Notification November 23, 2026 …`. */
export const knownText = (text: string): string | undefined =>
  /^\s*AWS Budget Notification\b/.test(text) ? 'a notice of AWS Budgets' : undefined;
