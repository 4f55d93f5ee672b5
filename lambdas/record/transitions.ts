import type { AlarmState } from '../domain/alarm.ts';
import type * as z from 'zod';
import { allRows, type Queryable } from '../platform/ledger/queryable.ts';
import { storableJson } from './storable.ts';

/** A change of an alarm's state, as CloudWatch's history has it. */
export interface Transition {
  readonly alarm: string;
  readonly state: z.infer<typeof AlarmState>;
  readonly changedAt: Date;
}

/** What became of it. */
export interface Answered extends Transition {
  readonly run: string | null;
  readonly why: string;
}

const KEEP = `
insert into responder.transition (alarm, changed_at, state, run_id, why, answered_at)
select a.alarm, a."changedAt", a.state, a.run, a.why, $2
from jsonb_to_recordset($1::jsonb) as a(alarm text, "changedAt" timestamptz, state text, run text, why text)
on conflict (alarm, changed_at, state) do update
set run_id = excluded.run_id, why = excluded.why, answered_at = excluded.answered_at
where (transition.run_id, transition.why) is distinct from (excluded.run_id, excluded.why)`;

/** Repeatable; a later answer replaces an earlier one. */
export async function keepAnswers(on: Queryable, answers: readonly Answered[], now: Date): Promise<void> {
  if (answers.length > 0) await on.query(KEEP, [storableJson(answers), now.toISOString()]);
}

const OF_ALARM = `
select alarm, changed_at as "changedAt", state, run_id as run, why from responder.transition
where alarm = $1 order by changed_at desc, answered_at desc limit 20`;

/** The newest 20, newest first. */
export const answersAbout = (on: Queryable, alarm: string): Promise<Answered[]> =>
  allRows<Answered>(on, OF_ALARM, [alarm]);

export interface RunOfAlarm {
  readonly run: string;
  readonly alarm: string;
  readonly changedAt: Date;
  readonly cause: 'alarm' | 'sweep';
  readonly mode: string;
}

const OF_ALARMS = `
select run_id as run, alarm, alarm_changed_at as "changedAt", request #>> '{cause,kind}' as cause, mode from responder.run
where alarm is not null and alarm_changed_at >= $1 order by opened_at`;

/** Runs of the transitions since then, oldest first. */
export const runsOfAlarmsSince = (on: Queryable, since: Date): Promise<RunOfAlarm[]> =>
  allRows<RunOfAlarm>(on, OF_ALARMS, [since.toISOString()]);
