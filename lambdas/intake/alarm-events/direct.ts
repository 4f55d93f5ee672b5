import { readAlarmDetail } from './alarm-detail.ts';
import { isObject, own, type JsonObject } from './json.ts';
import { unrecognised, type Verdict } from './received.ts';

export const isDirect = (value: JsonObject): boolean => Object.hasOwn(value, 'alarmData');

/**
 * A function that is an alarm's action is invoked with
 *
 *     {"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:012345678901:alarm:cur-freshness",
 *      "accountId":"012345678901","time":"2025-09-14T06:05:32.006+0000","region":"us-east-1","alarmData":{"alarmName":…}}
 */
export function readDirect(event: JsonObject): Verdict {
  const data = own(event, 'alarmData');
  if (!isObject(data)) return unrecognised('a direct alarm invocation whose alarmData is no object');
  return readAlarmDetail(data, {
    arn: own(event, 'alarmArn'),
    account: own(event, 'accountId'),
    region: own(event, 'region'),
  });
}
