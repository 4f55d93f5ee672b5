import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { ACTED_BETWEEN } from '../../record/probed.ts';
import { ledgerProbe } from './ledger-probe.ts';

export const AuditTrail = z.object({
  events: z.int(),
  newest: z.iso.datetime().nullable(),
  /** Runs of the responder that held the lock, so may have changed something. */
  acted: z.int(),
  /** Those without an audit event. */
  unaudited: z.array(z.string()),
});
export type AuditTrail = z.infer<typeof AuditTrail>;

const WINDOW_MS = 86_400_000;

interface Row {
  events: number;
  newest: Date | null;
  acted: number;
  unaudited: string[];
}

export const auditTrail = ledgerProbe<unknown, AuditTrail, Row>({
  name: 'audit-trail',
  question: 'Have the changes of the last day left audit events?',
  sql: `
with event as (
  select actor_id, occurred_at from audit_event where occurred_at > $1::timestamptz and occurred_at <= $2::timestamptz
), acted as (
  ${ACTED_BETWEEN}
)
select (select count(*)::int from event) as events, (select max(occurred_at) from event) as newest,
       (select count(*)::int from acted) as acted,
       (select coalesce(jsonb_agg(run_id order by run_id), '[]') from acted
        where not exists (select from event where actor_id = run_id)) as unaudited`,
  values: ({ now }) => [new Date(now.getTime() - WINDOW_MS).toISOString(), now.toISOString()],
  value: AuditTrail,
  read: ([row]) => ({
    events: row?.events ?? 0,
    newest: row?.newest?.toISOString() ?? null,
    acted: row?.acted ?? 0,
    unaudited: row?.unaudited ?? [],
  }),
  describe: ({ events, newest, acted, unaudited }) =>
    `${events} events within a day${newest === null ? '' : `, the newest of ${moment(newest)}`}; ` +
    `${acted} runs acted, ${unaudited.length} of them left none`,
});
