import type { Alarm } from './alarm.ts';

/** Playbooks whose alarms watch an age, and its unit in seconds: its figure says when the business fault began. */
export const AGES: Readonly<Record<string, number>> = {
  'cur-freshness': 86_400,
  'budget-stale': 3_600,
  'invoice-lag': 3_600,
};

/** What CloudWatch says of a crossed threshold, with the newest datapoint's figure first. */
const NEWEST = /\[(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) \(/;

export interface BusinessFault {
  /** ISO 8601. */
  readonly began: string;
  /** As the alarm measured it, in the metric's unit. */
  readonly age: number;
}

/**
 * Since when the business has had the fault that an alarm found: costs that are 4 days old have not come for 4 days.
 * @returns undefined where the alarm's metric is no age, or its figure is not in the reason
 */
export function businessFault(
  playbook: string,
  { changedAt, reason }: Pick<Alarm, 'changedAt' | 'reason'>,
): BusinessFault | undefined {
  const unit = AGES[playbook];
  const figure = NEWEST.exec(reason)?.[1];
  if (unit === undefined || figure === undefined) return undefined;
  const age = Number(figure);
  const began = new Date(Math.round((Date.parse(changedAt) - age * unit * 1_000) / 1_000) * 1_000);
  return Number.isNaN(began.getTime()) ? undefined : { began: began.toISOString(), age };
}
