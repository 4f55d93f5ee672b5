import { kindOfConfiguration } from './alarm-kind.ts';
import { assemble } from './assemble.ts';
import { filled, isObject, own, ownText, type JsonObject } from './json.ts';
import type { Verdict } from './received.ts';

/**
 * The camelCase body that EventBridge (as `detail`) and direct invocations (as `alarmData`) share:
 *
 *     {"alarmName":"cur-freshness","state":{"value":"ALARM","reason":"…","timestamp":"2025-09-14T06:05:32.006+0000",
 *      "actionsSuppressedBy":"WaitPeriod"},"previousState":{"value":"OK",…},"configuration":{"metrics":[…]}}
 *
 * Of one of the alarm's time series with `"alarmContributor":{"id":"…","attributes":{…}}`.
 */
export function readAlarmDetail(
  detail: JsonObject,
  envelope: { arn?: unknown; account?: unknown; region?: unknown; ofContributor?: true },
): Verdict {
  const state = objectAt(detail, 'state');
  const { ofContributor, ...place } = envelope;
  const contributor = own(detail, 'alarmContributor');
  return assemble({
    name: own(detail, 'alarmName'),
    state: own(state, 'value'),
    previous: own(objectAt(detail, 'previousState'), 'value'),
    changedAt: own(state, 'timestamp'),
    reason: own(state, 'reason'),
    ...place,
    kind: kindOfConfiguration(own(detail, 'configuration')),
    suppressedBy: suppressorOf(detail, state),
    contributor:
      (isObject(contributor) && own(contributor, 'id')) ||
      filled(contributor) ||
      (ofContributor && 'not named'),
  });
}

/** Of the present state: an ALARM after a wait period also says what suppressed the previous one. */
function suppressorOf(detail: JsonObject, state: JsonObject): string | undefined {
  const by = ownText(state, 'actionsSuppressedBy') ?? ownText(detail, 'actionsSuppressedBy');
  if (by) return by;
  const mute = own(state, 'muteDetail') ?? own(detail, 'muteDetail');
  if (mute === undefined || mute === null) return undefined;
  return (isObject(mute) && ownText(mute, 'mutedBy')) || 'a mute rule';
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = own(object, key);
  return isObject(value) ? value : {};
}
