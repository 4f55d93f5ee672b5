import { quoted } from '../domain/foreign-text.ts';
import type { Alarm } from '../domain/alarm.ts';
import type { Cause } from '../domain/run-request.ts';
import type { Fact } from './message.ts';

interface Described {
  readonly name: string;
  readonly description: string;
}

/** First what it means to the business, then the alarm's own text. @param alarms of the run's playbook */
export function whatIsWrong(alarms: readonly Described[], cause: Cause): Fact[] {
  if (cause.kind !== 'alarm' && cause.kind !== 'sweep') return [causeFact(cause)];
  const meaning = alarms.find(({ name }) => name === cause.alarm.name)?.description;
  return [...(meaning === undefined ? [] : [["What's wrong", meaning] as const]), causeFact(cause)];
}

/** As the runbook calls it, and as CloudWatch does where that differs. */
function named({ name, arn }: Alarm): string {
  const theirs = arn?.slice(arn.indexOf(':alarm:') + ':alarm:'.length);
  return theirs === undefined || theirs === name ? name : `${name} (in CloudWatch ${quoted(theirs)})`;
}

function causeFact(cause: Cause): Fact {
  switch (cause.kind) {
    case 'alarm':
      return ['Alarm', `${named(cause.alarm)} since ${cause.alarm.changedAt}: ${quoted(cause.alarm.reason)}`];
    case 'sweep':
      return [
        'Alarm',
        `${named(cause.alarm)} still fires, since ${cause.alarm.changedAt}: ${quoted(cause.alarm.reason)}`,
      ];
    case 'recovery':
      return ["What's wrong", `incident ${cause.incident} is open, and none of its alarms fires any more`];
    case 'upstream':
      return [
        "What's wrong",
        `other faults follow from this one, and wait for it: incident ${cause.incident}`,
      ];
    case 'manual':
      return ['Requested by', `${cause.by}: ${quoted(cause.reason)}`];
    case 'undo':
      return [
        'Rolled back by',
        `${cause.by}, because run ${cause.of} was ineffective: ${quoted(cause.reason)}`,
      ];
    case 'replay':
      return ['Replayed by', `${cause.by}, run ${cause.of}: ${quoted(cause.reason)}`];
  }
}
