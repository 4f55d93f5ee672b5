import { readAlarmDetail } from './alarm-detail.ts';
import { isObject, own, ownText, type JsonObject } from './json.ts';
import { ignored, unrecognised, type Verdict } from './received.ts';

export const isEventBridge = (value: JsonObject): boolean => typeof own(value, 'detail-type') === 'string';

/**
 *     {"version":"0","id":"…","detail-type":"CloudWatch Alarm State Change","source":"aws.cloudwatch",
 *      "account":"012345678901","time":"2025-09-14T06:05:32Z","region":"us-east-1",
 *      "resources":["arn:aws:cloudwatch:us-east-1:012345678901:alarm:cur-freshness"],"detail":{"alarmName":…}}
 *
 * The event's own `time` has no milliseconds; the state's timestamp has, and is what SNS says too.
 */
export function readEventBridge(event: JsonObject): Verdict {
  const type = ownText(event, 'detail-type') ?? '';
  if (type === 'CloudWatch Alarm Configuration Change') {
    // It carries a state, but nothing changed into it.
    return ignored('the configuration of an alarm changed, not its state');
  }
  const ofContributor = type === 'CloudWatch Alarm Contributor State Change';
  if (!ofContributor && type !== 'CloudWatch Alarm State Change') {
    return ignored(
      `EventBridge event "${type}" of ${ownText(event, 'source') ?? 'an unnamed source'} is no alarm`,
    );
  }
  // AWS's own guide has shown the body under `alarmData`.
  const detail = own(event, 'detail') ?? own(event, 'alarmData');
  if (!isObject(detail)) return unrecognised('an EventBridge alarm event without a detail');
  const resources = own(event, 'resources');
  return readAlarmDetail(detail, {
    arn: Array.isArray(resources) ? resources[0] : undefined,
    account: own(event, 'account'),
    region: own(event, 'region'),
    ...(ofContributor && { ofContributor }),
  });
}
