import { notificationsBetween } from '../../../lambdas/record/day-figures.ts';
import type { Check } from './seen.ts';

/** By a statement of its own, over all that is on record. */
const OWN = `
select count(*)::int as due, count(*) filter (where by_run is not null and told_at > due_at + interval '1 minute')::int as "lateByRun"
from responder.told`;

/** The daily report would count every notification of the story, once: in time, late or not sent. */
export const everyNotificationCounted: Check = async ({ sandbox: { pool } }) => {
  const { due, inTime, late, untold } = await notificationsBetween(pool, '-infinity', 'infinity');
  const { rows } = await pool.query<{ due: number; lateByRun: number }>(OWN);
  const [own] = rows;
  return [
    ...(due === own?.due ? [] : [`the report counts ${due} notifications; ${own?.due} are on record`]),
    ...(due === inTime + late + untold
      ? []
      : [`of ${due} notifications ${inTime} are in time, ${late} late, ${untold} not sent: some are lost`]),
    ...(own?.lateByRun === 0 ? [] : [`${own?.lateByRun} messages that runs sent themselves count as late`]),
  ];
};
