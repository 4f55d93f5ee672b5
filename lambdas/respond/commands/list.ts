import type { Pool } from 'pg';
import * as z from 'zod';
import { command } from '../definition.ts';

/** Each part of the list: its title, and one line a row. */
const PARTS: readonly (readonly [title: string, none: string, sql: string])[] = [
  [
    'Switched off',
    'nothing is switched off',
    `select scope || '  since ' || since || ' by ' || by || ': ' || reason as line from responder.switch where paused order by scope`,
  ],
  [
    'Breakers open',
    'no breaker is open',
    `select playbook || '  since ' || breaker_since || ': ' || breaker_why as line from responder.standing
     where breaker_since is not null order by playbook`,
  ],
  [
    'Trust that was set',
    'every playbook stands where the limits put it',
    `select playbook || '  ' || trust || '  since ' || trust_since || ' by ' || trust_by as line from responder.standing
     where trust is not null order by playbook`,
  ],
  [
    'Approvals asked for',
    'nobody is asked for approval',
    `select approval_id || '  plan ' || left(plan_sha256, 12) || '  ' ||
            (select count(*) from responder.approver where approver.approval_id = approval.approval_id) || ' of ' || people ||
            ' people, until ' || expires_at || ': ' || (shown ->> 'plan') as line
     from responder.approval where state = 'open' and expires_at > $1 order by expires_at`,
  ],
  [
    'Incidents open',
    'no incident is open',
    `select incident_id || '  ' || severity || '  ' || playbook || ' ' || target_key || '  since ' || opened_at as line
     from responder.incident where closed_at is null and $1::timestamptz is not null order by severity, opened_at`,
  ],
  [
    'Runs at work',
    'no run is at work',
    `select run_id || '  since ' || opened_at || case when acting then '  acting, fence ' || fence else '' end as line
     from responder.run where ended_at is null and $1::timestamptz is not null order by opened_at`,
  ],
  [
    'Locks held',
    'nothing is locked',
    `select resource || '  (' || mode || ') by ' || run_id || ' until ' || leased_until || ' at the latest' as line
     from responder.lock where released_at is null and leased_until > $1 order by resource`,
  ],
  [
    'Last runs',
    'there was no run yet',
    `select run_id || '  ' || outcome || ': ' || left(why, 160) as line from responder.run
     where ended_at is not null and $1::timestamptz is not null order by ended_at desc limit 10`,
  ],
];

async function part(pool: Pool, [title, none, sql]: (typeof PARTS)[number], now: Date): Promise<string[]> {
  const bound = sql.includes('$1') ? [now] : [];
  const { rows } = await pool.query<{ line: string }>(sql, bound);
  return rows.length === 0 ? [`${title}: ${none}`] : [`${title}:`, ...rows.map(({ line }) => `  ${line}`)];
}

export const list = command({
  about: 'what is going on: switches, breakers, trust, approvals, incidents, runs, locks',
  usage: 'list',
  schema: z.strictObject({}),
  identity: false,
  async answer({ pool, now }) {
    const parts: string[] = [];
    for (const one of PARTS) parts.push(...(await part(pool, one, now)));
    return { ok: true, text: parts.join('\n') };
  },
});
