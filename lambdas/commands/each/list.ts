import { shortened } from '../../platform/shortened.ts';
import type { Pool } from 'pg';
import * as z from 'zod';
import type { Settings } from '../../platform/settings.ts';
import { openIncidents } from '../incident-story.ts';
import { command } from '../definition.ts';
import { aligned, dayAndTime, readable } from '../../platform/text-table.ts';

/** A part of the list: rows of columns, which are texts and moments. `$1` is now. */
interface Part {
  readonly title: string;
  /** What is said of it at the end when it has no row. */
  readonly none: string;
  readonly rows: string | ((pool: Pool, now: Date, settings: Settings) => Promise<string[][]>);
}

const PARTS: readonly Part[] = [
  {
    title: 'Approvals asked for',
    none: 'nobody is asked for approval',
    rows: `select approval_id, 'plan ' || left(approval.plan_sha256, 12),
                 (select count(*) from responder.approver where approver.approval_id = approval.approval_id) || ' of ' || people || ' people',
                 'until', expires_at, shown ->> 'plan'
          from responder.approval join responder.run using (run_id)
          where state = 'open' and expires_at > $1::timestamptz and ended_at is null order by expires_at`,
  },
  {
    title: 'Switched off',
    none: 'nothing is switched off',
    rows: `select case scope when 'all' then 'everything' else scope end, 'since', since, 'by ' || by, reason
          from responder.switch where paused and $1::timestamptz is not null order by scope`,
  },
  {
    title: 'Breakers open',
    none: 'no breaker is open',
    rows: `select playbook, 'since', breaker_since, breaker_why from responder.standing
          where breaker_since is not null and $1::timestamptz is not null order by playbook`,
  },
  {
    title: 'Incidents open',
    none: 'no incident is open',
    rows: (pool, now, { people }) => openIncidents(pool, now, people),
  },
  {
    title: 'Runs at work',
    none: 'no run is at work',
    rows: `select run_id, 'since', opened_at,
                 case when acting then 'acting, fence ' || fence
                      when exists (select from responder.approval where approval.run_id = run.run_id and state = 'open')
                        then 'waits for approval'
                      else 'looking' end
          from responder.run where ended_at is null and $1::timestamptz is not null order by opened_at`,
  },
  {
    title: 'Locks held',
    none: 'nothing is locked',
    rows: `select resource, mode, run_id, 'until', leased_until from responder.lock
          where released_at is null and leased_until > $1::timestamptz order by resource`,
  },
  {
    title: 'Trust that people have set',
    none: 'every playbook stands where the limits put it',
    rows: `select playbook, trust, 'since', trust_since, 'by ' || trust_by from responder.standing
          where trust is not null and $1::timestamptz is not null order by playbook`,
  },
  {
    title: 'Last runs',
    none: 'there was no run yet',
    rows: `select ended_at, outcome, run_id, why from responder.run
          where ended_at is not null and $1::timestamptz is not null order by ended_at desc limit 10`,
  },
];

/** A line on a screen; `why` has the rest. */
const LONGEST = 120;

/** By name the columns of a row would be one each; people read them in their order. */
async function rowsOf(pool: Pool, { rows: asked }: Part, now: Date, settings: Settings): Promise<string[][]> {
  if (typeof asked !== 'string') return asked(pool, now, settings);
  const { rows } = await pool.query<(string | Date)[]>({ text: asked, values: [now], rowMode: 'array' });
  return rows.map((row) =>
    row.map((cell) => (cell instanceof Date ? dayAndTime(cell) : shortened(readable(String(cell)), LONGEST))),
  );
}

export const list = command({
  about: 'what is going on: approvals, switches, breakers, incidents, runs, locks, trust',
  usage: 'list',
  schema: z.strictObject({}),
  identity: false,
  async answer({ pool, now, settings }) {
    const lines = [`${dayAndTime(now)} UTC`];
    const nothing: string[] = [];
    for (const part of PARTS) {
      const rows = await rowsOf(pool, part, now, settings);
      if (rows.length === 0) nothing.push(part.none);
      else lines.push('', `${part.title}:`, ...aligned(rows));
    }
    if (nothing.length > 0) lines.push('', `Else ${nothing.join('; ')}.`);
    return { ok: true, text: lines.join('\n') };
  },
});
