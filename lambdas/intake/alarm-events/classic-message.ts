import { kindOfMessage } from './alarm-kind.ts';
import { assemble } from './assemble.ts';
import { filled, own, type JsonObject } from './json.ts';
import type { Verdict } from './received.ts';

/** By its keys, not by the SNS subject: if they disagree, the body wins. */
export const isClassicMessage = (value: JsonObject): boolean =>
  Object.hasOwn(value, 'AlarmName') &&
  (Object.hasOwn(value, 'NewStateValue') || Object.hasOwn(value, 'StateChangeTime'));

/**
 * The message that CloudWatch publishes to SNS:
 *
 *     {"AlarmName":"cur-freshness","AWSAccountId":"012345678901","NewStateValue":"ALARM","OldStateValue":"OK",
 *      "NewStateReason":"Threshold Crossed: …","StateChangeTime":"2025-09-14T06:05:32.006+0000",
 *      "Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:012345678901:alarm:cur-freshness",
 *      "Trigger":{"MetricName":"cur_freshness_days","Namespace":"CommercialOps","Statistic":"MINIMUM",…}}
 *
 * An alarm over several time series notifies for each of them, with `AlarmContributorId` and `AlarmContributorAttributes`.
 * Old ones lack `AlarmArn` and some `Trigger`; composite ones have `AlarmRule` instead. CloudWatch sends no
 * suppressed alarm to SNS.
 */
export function readClassicMessage(message: JsonObject, topicArn?: string): Verdict {
  return assemble({
    name: own(message, 'AlarmName'),
    state: own(message, 'NewStateValue'),
    previous: own(message, 'OldStateValue'),
    changedAt: own(message, 'StateChangeTime'),
    reason: own(message, 'NewStateReason'),
    arn: own(message, 'AlarmArn'),
    account: own(message, 'AWSAccountId'),
    region: own(message, 'Region'),
    topicArn,
    kind: kindOfMessage(message),
    contributor: own(message, 'AlarmContributorId') || filled(own(message, 'AlarmContributorAttributes')),
  });
}
