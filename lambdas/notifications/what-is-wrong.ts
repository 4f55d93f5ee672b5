import { quoted } from '../domain/foreign-text.ts';
import type { Cause } from '../domain/run-request.ts';
import type { Fact } from './message.ts';

interface Described {
  readonly name: string;
  readonly description: string;
}

/** First what it means to the business, then the alarm's own text. @param alarms of the run's playbook */
export function whatIsWrong(alarms: readonly Described[], cause: Cause): Fact[] {
  const cased = tellCause(cause);
  if (cause.kind !== 'alarm' && cause.kind !== 'sweep') return [['What is wrong', cased]];
  const meaning = alarms.find(({ name }) => name === cause.alarm.name)?.description;
  return meaning === undefined
    ? [['What is wrong', cased]]
    : [
        ['What is wrong', meaning],
        ['Known by', cased],
      ];
}

function tellCause(cause: Cause): string {
  switch (cause.kind) {
    case 'alarm':
      return `alarm ${cause.alarm.name} since ${cause.alarm.changedAt}: ${quoted(cause.alarm.reason)}`;
    case 'sweep':
      return `alarm ${cause.alarm.name} is still in ALARM since ${cause.alarm.changedAt}: ${quoted(cause.alarm.reason)}`;
    case 'recovery':
      return `incident ${cause.incident} is open, and none of its alarms stands any more`;
    case 'manual':
      return `asked for by ${cause.by}: ${quoted(cause.reason)}`;
    case 'undo':
      return `run ${cause.of} was ineffective, and ${cause.by} has it undone: ${quoted(cause.reason)}`;
    case 'replay':
      return `replay of ${cause.of}, asked for by ${cause.by}: ${quoted(cause.reason)}`;
  }
}
