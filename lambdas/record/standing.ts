import { iso } from './episode-status.ts';
import type { Queryable } from '../platform/ledger/queryable.ts';
import { ask, type Asked } from '../platform/ledger/together.ts';
import type { Trust } from '../domain/limits.ts';
import { PEOPLES_CHAIN } from './audit-chain.ts';
import { orderWaits, UNANNOUNCED } from './announcements.ts';
import { BREAKER_OPENED } from './audit-keys.ts';

/** Plans in a time span, and when the oldest began: room for another comes when it leaves the span. */
export interface Plans {
  readonly count: number;
  readonly oldest: string | null;
}

export interface PlansBegun {
  readonly hour: Plans;
  readonly day: Plans;
}

/** The present state of a playbook and target: commands, and the responder's own recent plans. */
export interface Standing {
  readonly paused: readonly { scope: string; since: string; by: string; reason: string }[];
  /** Undefined: the configured level. */
  readonly trust: Trust | undefined;
  /** The level according to the audit; undefined: nobody has ordered one. A higher one than this counts for nothing. */
  readonly auditedTrust: Trust | undefined;
  readonly breaker: { readonly since: string; readonly why: string } | undefined;
  /** Changing plans of other runs; `target` is of this playbook and target. */
  readonly begun: {
    readonly overall: PlansBegun;
    readonly playbook: PlansBegun;
    readonly target: PlansBegun;
  };
  /** The last one on this playbook and target. */
  readonly lastPlan: { readonly run: string; readonly at: string } | undefined;
  /** Ineffective or failed plans of the playbook since the last that helped, or the last reset. */
  readonly inARow: number;
  /** How often the incident was closed within 24 h after a plan: this is its next return. */
  readonly returns: number;
}

export interface StandingOf {
  /** Not counted. */
  readonly run: string;
  readonly playbook: string;
  readonly targetKey: string;
  /** ISO 8601. */
  readonly now: string;
}

const plans = (where: string, time: string): string => `
  (select json_build_object('count', count(*), 'oldest', ${iso('min(claimed_at)')}) from plan
   where claimed_at > $4::timestamptz - interval '${time}' ${where})`;
const begun = (where: string): string =>
  `json_build_object('hour', ${plans(where, '1 hour')}, 'day', ${plans(where, '24 hours')})`;
const OF_PLAYBOOK = 'and playbook = $2';
const OF_TARGET = 'and playbook = $2 and target_key = $3';

/** The last order of these kinds about a scope that is in effect, according to the audit. */
const lastOrder = (scope: string, ...kinds: readonly string[]): string => `
  (select kind, at, body::jsonb as body from responder.audit
   where chain = '${PEOPLES_CHAIN}' and body::jsonb #>> '{object,id}' = ${scope}
     and kind in (${kinds.map((kind) => `'${kind}'`).join(', ')}) and not ${UNANNOUNCED}
   order by seq desc limit 1)`;

/** A row that says less than the audit is not believed: what was paused is, until its end is in the audit, too. */
const PAUSED = `
  (select scope, ${iso('since')} as since, by, reason from responder.switch where paused
   union all
   select scope, at, body ->> 'person', (body ->> 'why') ||
     case when ${orderWaits('resume', 'of.scope')} then ' (resumed, in effect once people are notified: the sweep retries it)'
          else ' (no order in the audit ended it: pause and resume it)' end
   from (values ('all'), ($2)) of(scope), lateral ${lastOrder('of.scope', 'responder.pause', 'responder.resume')} last
   where kind = 'responder.pause' and not exists (select from responder.switch where switch.scope = of.scope and paused))`;

/**
 * The level that is in effect by the last order. Orders from before migration 009 have it at the head of their reason.
 */
export const ORDERED_TRUST = (playbook: string): string => `
  (select coalesce(body ->> 'trust', substring(body ->> 'why' from '^(shadow|approve|auto): '))
   from ${lastOrder(playbook, 'responder.trust', BREAKER_OPENED)} last)`;

export const OPEN_BREAKER = (playbook: string): string => `
  (select json_build_object('since', at, 'why', body ->> 'why')
   from ${lastOrder(playbook, 'responder.reset', BREAKER_OPENED)} last where kind = '${BREAKER_OPENED}')`;

/** When a person last closed the playbook's breaker. */
export const LAST_RESET = (playbook: string): string =>
  `(select at::timestamptz from ${lastOrder(playbook, 'responder.reset')} last)`;

const STANDING = `
with plan as not materialized (
  select run_id, playbook, target_key, claimed_at, ended_at, outcome, incident_id from responder.run
  where mode = 'live' and claimed_at is not null and run_id <> $1
), own as (select * from responder.standing where playbook = $2)
select
  (select coalesce(json_agg(json_build_object('scope', scope, 'since', since, 'by', by, 'reason', reason)), '[]')
   from ${PAUSED} off where scope in ('all', $2)) as paused,
  (select trust from own) as trust, ${ORDERED_TRUST('$2')} as "auditedTrust",
  coalesce((select json_build_object('since', ${iso('breaker_since')}, 'why', breaker_why) from own where breaker_since is not null),
    ${OPEN_BREAKER('$2')}) as breaker,
  json_build_object('overall', ${begun('')}, 'playbook', ${begun(OF_PLAYBOOK)}, 'target', ${begun(OF_TARGET)}) as begun,
  (select json_build_object('run', run_id, 'at', ${iso('coalesce(ended_at, claimed_at)')}) from plan
   where true ${OF_TARGET} order by coalesce(ended_at, claimed_at) desc limit 1) as "lastPlan",
  (select count(*)::int from plan where outcome in ('ineffective', 'failed') ${OF_PLAYBOOK}
   and ended_at > coalesce(${LAST_RESET('$2')}, '-infinity')
   and ended_at > coalesce((select max(ended_at) from plan where outcome = 'resolved' ${OF_PLAYBOOK}), '-infinity')) as "inARow",
  (select count(*)::int from responder.incident join responder.episode using (incident_id)
   where playbook = $2 and target_key = $3
   and episode.closed_at > $4::timestamptz - interval '24 hours' and episode.closed_at <= $4::timestamptz
   and exists (select from plan where plan.incident_id = incident.incident_id
               and plan.claimed_at between episode.opened_at and episode.closed_at)) as returns`;

type StandingRow = { readonly [K in keyof Standing]: Standing[K] | null };

export const standingAsked = ({ run, playbook, targetKey, now }: StandingOf): Asked<Standing> => ({
  sql: STANDING,
  values: [run, playbook, targetKey, now],
  read([row]: readonly StandingRow[]) {
    if (!row) throw new Error('the ledger gave no row for what holds now; wanted one');
    return {
      ...(row as Standing),
      trust: row.trust ?? undefined,
      auditedTrust: row.auditedTrust ?? undefined,
      breaker: row.breaker ?? undefined,
      lastPlan: row.lastPlan ?? undefined,
    };
  },
});

export const standingOf = (on: Queryable, of: StandingOf): Promise<Standing> => ask(on, standingAsked(of));
