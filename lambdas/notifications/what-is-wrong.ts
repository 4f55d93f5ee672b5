import { quoted } from '../domain/foreign-text.ts';
import type { Alarm, Titled } from '../domain/alarm.ts';
import { DAY_MS } from '../domain/milliseconds.ts';
import { aboutWords, type Cause, type Target } from '../domain/run-request.ts';
import { clock, crossing, moment, number, sentence } from '../domain/words.ts';
import type { Fact } from './message.ts';

/** A subject has room for few digits: `4.3`, `0.52`, `3,350`. */
const shortFigure = (value: number): string => {
  const digits = Math.abs(value) < 1 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return number(Number(value.toFixed(digits)));
};

const alarmOf = (cause: Cause): Alarm | undefined => ('alarm' in cause ? cause.alarm : undefined);

/** Which of the playbook's alarms a run is about; the first where only a person or another run has started it. */
const titledOf = (alarms: readonly Titled[], cause: Cause): Titled | undefined =>
  alarms.find(({ name }) => name === alarmOf(cause)?.name) ?? alarms[0];

/** The fault in a few words, with the figure of the alarm that reported it: `costs are 4.3 days old`. */
export function titleOf(
  alarms: readonly Titled[],
  cause: Cause,
  { playbook, target }: { readonly playbook: string; readonly target: Target },
): string {
  const titled = titledOf(alarms, cause);
  if (titled === undefined) return aboutWords(playbook, target);
  const figure = crossing(alarmOf(cause)?.reason ?? '')?.value;
  if (figure === undefined) return plainTitle(titled);
  const title = titled.title.replace(/\[(.*?)#(.*?)\]/, `$1${shortFigure(figure)}$2`);
  return figure === 1 ? title.replace(/^1 (\w+)s are /, '1 $1 is ') : title;
}

/** Without a figure: `costs are old`. */
export const plainTitle = ({ title }: Pick<Titled, 'title'>): string => title.replace(/\[.*?\]/, '');

/** Of a fault that is over. */
export const inThePast = (title: string): string =>
  title.replace(/\b(is|are)\b/, (verb) => (verb === 'is' ? 'was' : 'were'));

/**
 * First what it means to the business, then the alarm's own text.
 * @param alarms of the run's playbook
 * @param isOver it was wrong, and is no more
 */
export function whatIsWrong(alarms: readonly Titled[], cause: Cause, isOver = false): Fact[] {
  const alarm = alarmOf(cause);
  if (alarm === undefined) return [causeFact(cause)];
  const titled = alarms.find(({ name }) => name === alarm.name);
  if (titled === undefined) return [causeFact(cause)];
  const title = sentence(titleOf([titled], cause, { playbook: alarm.name, target: {} }));
  const wrong: Fact = isOver
    ? ['What was wrong', inThePast(title)]
    : ["What's wrong", `${title}. ${titled.description}`];
  return [wrong, causeFact(cause, titled.unit)];
}

/** As the runbook calls it, and as CloudWatch does where that differs. */
function named({ name, arn }: Alarm): string {
  const theirs = arn?.slice(arn.indexOf(':alarm:') + ':alarm:'.length);
  return theirs === undefined || theirs === name ? name : `${name} (in CloudWatch ${quoted(theirs)})`;
}

/** The figure and the limit with their unit; any other reason as CloudWatch writes it. */
function reasonOf({ reason }: Alarm, unit: string | undefined): string {
  const crossed = crossing(reason);
  if (crossed === undefined || unit === undefined) return quoted(reason);
  return `${number(crossed.value)} ${unit} then, limit ${number(crossed.limit)} ${unit}`;
}

function causeFact(cause: Cause, unit?: string): Fact {
  switch (cause.kind) {
    case 'alarm':
      return [
        'Alarm',
        `${named(cause.alarm)} since ${moment(cause.alarm.changedAt)}: ${reasonOf(cause.alarm, unit)}`,
      ];
    case 'sweep':
      return [
        'Alarm',
        `${named(cause.alarm)} still fires, since ${moment(cause.alarm.changedAt)}: ${reasonOf(cause.alarm, unit)}`,
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

/** An incident that is open again: when it was over before. */
export const cameBack = (lastClosedAt: string, openedAt: string): Fact => [
  'It came back',
  `closed ${dayOf(lastClosedAt, openedAt)}`,
];

/** `yesterday 15:10 UTC` */
const dayOf = (at: string, now: string): string =>
  moment(at, new Date(Date.parse(now) - DAY_MS)).startsWith('today')
    ? `yesterday ${clock(at).slice(0, 5)} UTC`
    : moment(at, now);
