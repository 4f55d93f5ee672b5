import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { ledgerProbe } from './ledger-probe.ts';

/** The last notice to the provisioning service within a day, as the action recorded it. */
export const ProvisioningTold = z
  .object({ at: z.iso.datetime(), count: z.string(), resources: z.string() })
  .nullable();
export type ProvisioningTold = z.infer<typeof ProvisioningTold>;

/** The audit event's id derives from run and job, so it is found by key. */
const SQL = `
select finished_at as at, metadata->'params'->>'count' as count, metadata->'params'->>'resources' as resources
from job_run
join audit_event on event_id = md5(run_id || '/' || job)::uuid
where job = 'responder.notify-provisioning' and period = $1 and status = 'completed'
  and finished_at > $2::timestamptz - interval '24 hours' and finished_at <= $2::timestamptz
order by finished_at desc
limit 1`.trim();

interface Row extends Record<string, unknown> {
  at: Date;
  count: string;
  resources: string;
}

export const provisioningTold = ledgerProbe<{ period: string }, ProvisioningTold, Row>({
  name: 'provisioning-told',
  question: 'Which notices did the provisioning service get for the period within the last day?',
  sql: SQL,
  values: ({ target, now }) => [target.period, now.toISOString()],
  value: ProvisioningTold,
  read: ([row]) => (row ? { at: row.at.toISOString(), count: row.count, resources: row.resources } : null),
  describe: (told) => (told === null ? 'nothing' : `${told.count} resources, ${moment(told.at)}`),
});
