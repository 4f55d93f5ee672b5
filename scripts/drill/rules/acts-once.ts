import { shown, type FinancialRule } from './rule.ts';

const INVOICED_TWICE = `
select tenant_id, to_char(date_trunc('month', period_start), 'YYYY-MM') as period, count(*)::int as times,
       array_agg(invoice_id order by invoice_id) as invoices
from invoice_header
where status in ('issued', 'paid')
group by tenant_id, date_trunc('month', period_start)
having count(*) > 1 and bool_or(invoice_id in (select invoice_id from noted.invoice_step where became = 'issued'))`;

const STEPPED_TWICE = `
select invoice_id, became, count(*)::int as times from noted.invoice_step group by 1, 2 having count(*) > 1`;

/** The most that any plan of the tenant allows in that month; none where no plan has a top-up for the metric. */
const TOP_UPS = `
select header.tenant_id, detail.metric_code, to_char(header.period_start, 'YYYY-MM') as period, count(*)::int as times,
       coalesce((select max(plan_topup.max_per_period) from tenant_plan_binding binding join plan_topup using (plan_code)
                 where binding.tenant_id = header.tenant_id and plan_topup.metric_code = detail.metric_code
                   and plan_topup.auto and binding.period_start < header.period_end
                   and coalesce(binding.period_end, 'infinity') > header.period_start), 0) as most
from invoice_detail detail join invoice_header header using (invoice_id)
where detail.line_type = 'topup' group by header.tenant_id, detail.metric_code, header.period_start, header.period_end`;

const PLANNED_TWICE = `
select run_id, action, count(*)::int as times
from responder.run cross join lateral jsonb_array_elements(decision -> 'plan') action
where fence is not null and mode = 'live'
group by run_id, action having count(*) > 1`;

/** One effect a run id: a job leaves one audit event of each kind and object for it, however often it was called. */
const EFFECTS_TWICE = `
select coalesce(metadata ->> 'run_id', actor_id || ' ' || (metadata ->> 'what')) as run, action, object_type, object_id, count(*)::int as times
from audit_event
where metadata ->> 'run_id' in (select key from noted.event where kind = 'job')
group by 1, 2, 3, 4 having count(*) > 1`;

/** What comes up behind an alarm that stands is another failure, with another plan. */
const HANDLED_TWICE = `
select alarm, alarm_changed_at, target_key, plan_sha256, array_agg(run_id order by opened_at) as runs
from responder.run
where mode = 'live' and fence is not null and alarm is not null
group by 1, 2, 3, 4 having count(*) > 1`;

export const actsOnce: FinancialRule = {
  number: 4,
  title: 'The same failure handled twice acts once',
  async check({ pool, before }) {
    const rowsOf = async (sql: string) => (await pool.query<Record<string, unknown>>(sql)).rows;
    const { rows: topUps } = await pool.query<TopUps>(TOP_UPS);
    const beyond = topUps.filter(
      ({ tenant_id, metric_code, period, times, most }) =>
        times > most && times > (before.topUps[`${tenant_id} ${metric_code ?? ''} ${period}`] ?? 0),
    );
    return [
      ...shown('a tenant was invoiced twice for a month', await rowsOf(INVOICED_TWICE)),
      ...shown('an invoice was issued or settled twice', await rowsOf(STEPPED_TWICE)),
      ...shown('more top-ups than the plan allows in a month', beyond),
      ...shown('a run has planned the same action twice', await rowsOf(PLANNED_TWICE)),
      ...shown('a run id has had its effect twice', await rowsOf(EFFECTS_TWICE)),
      ...shown('two runs have acted on the same change of an alarm', await rowsOf(HANDLED_TWICE)),
    ];
  },
};

interface TopUps {
  readonly tenant_id: string;
  readonly metric_code: string | null;
  readonly period: string;
  readonly times: number;
  readonly most: number;
}
