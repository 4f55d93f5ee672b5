import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { CostGroup } from '../../sandbox/commercial-ops/measures.ts';
import { endOf, firstDay, type Period } from '../../sandbox/commercial-ops/period.ts';
import type { DrillRun } from './result.ts';
import { isHealthy } from './checks/seen.ts';

/** A fault that is there, asked of what the services hold: it knows neither probes nor signals. */
export interface StillWrong {
  /** The playbook whose fault it is. */
  readonly playbook: string;
  /** The month that it is in; missing: of no month. */
  readonly period?: Period;
  readonly what: string;
}

const DAY_MS = 86_400_000;
const TAGGABLE = ['Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage'];

/** Every fault in every month that is not closed, every service, tenant and invoice, in both copies of the costs. */
export async function stillWrong(sandbox: Sandbox): Promise<StillWrong[]> {
  const now = sandbox.clock.now();
  const { rows: months } = await sandbox.pool.query<{ period: Period }>(
    `select to_char(period_start, 'YYYY-MM') as period from period_state
     where state <> 'closed' and period_start <= $1 order by 1`,
    [now],
  );
  const found: StillWrong[] = [...tooManyJobs(sandbox), ...unmeasured(sandbox)];
  for (const { period } of months) {
    const { athena, ledger } = await sandbox.services.commercialOps.costGroups(period);
    found.push(
      ...(await wrongCosts(sandbox, period, athena, ledger)),
      ...(await wrongAllocation(sandbox, period, athena)),
      ...(await wrongReconciliation(sandbox, period, athena)),
    );
  }
  const fresh = await sandbox.services.commercialOps.freshness();
  for (const [copy, { days }] of Object.entries(fresh))
    if (days === null || days > 2)
      found.push({ playbook: 'cur-freshness', what: `${copy} is ${days} days old` });
  for (const [playbook, sql] of Object.entries(IN_LEDGER)) {
    const { rows } = await sandbox.pool.query<{ period: Period | null; what: string }>(
      sql,
      sql.includes('$1') ? [now] : [],
    );
    found.push(...rows.map(({ period, what }) => ({ playbook, what, ...(period !== null && { period }) })));
  }
  return found;
}

async function wrongCosts(
  { clock, services }: Sandbox,
  period: Period,
  athena: readonly CostGroup[],
  ledger: readonly CostGroup[],
): Promise<StillWrong[]> {
  const wrong = (what: string): StillWrong => ({ playbook: 'cur-freshness', period, what });
  const byService = ({ service, type }: CostGroup): string => `${service} ${type}`;
  const found = differing(byService, athena, ledger).map((name) => wrong(`the copies differ in ${name}`));
  const taggable = (groups: readonly CostGroup[]) => groups.filter(({ type }) => TAGGABLE.includes(type));
  // Where a line has no tenant, its tag may have been copied, or lost: then tenants differ by nature.
  const tagged = [...taggable(athena), ...taggable(ledger)].every(({ tenant }) => tenant !== '');
  if (tagged)
    found.push(
      ...differing(({ tenant }) => tenant, taggable(athena), taggable(ledger)).map((tenant) =>
        wrong(`the copies differ for ${tenant}`),
      ),
    );
  if (endOf(period).getTime() + 2 * DAY_MS > clock.now().getTime()) return found;
  const { delivered, ...held } = await services.commercialOps.totals(period);
  for (const [copy, total] of Object.entries(held))
    if (delivered && JSON.stringify(delivered) !== JSON.stringify(total))
      found.push(wrong(`${copy} holds ${JSON.stringify(total)}, delivered is ${JSON.stringify(delivered)}`));
  return found;
}

/** Groups whose lines or cost are not the same on both sides. */
function differing(
  name: (group: CostGroup) => string,
  left: readonly CostGroup[],
  right: readonly CostGroup[],
): string[] {
  const sums = (groups: readonly CostGroup[]) => {
    const all = new Map<string, [lines: number, scaled: bigint]>();
    for (const group of groups) {
      const [lines, scaled] = all.get(name(group)) ?? [0, 0n];
      all.set(name(group), [lines + group.lines, scaled + scaledOf(group.total)]);
    }
    return all;
  };
  const [here, there] = [sums(left), sums(right)];
  return [...new Set([...here.keys(), ...there.keys()])].filter(
    (key) => String(here.get(key)) !== String(there.get(key)),
  );
}

function scaledOf(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.padEnd(30, '0')}`);
}

const isOff = (side: number, charged: number): boolean =>
  Math.abs(side - charged) > 0.01 && Math.abs(side - charged) > 0.005 * Math.abs(charged);
const totalOf = (groups: readonly CostGroup[]): number =>
  groups.reduce((sum, { total }) => sum + Number(total), 0);

async function wrongAllocation(
  { pool }: Sandbox,
  period: Period,
  athena: readonly CostGroup[],
): Promise<StillWrong[]> {
  const { rows } = await pool.query<{ service: string; usd: string }>(
    `select service, sum(allocated_cost_usd)::text as usd from fact_cost_allocated where period_start = $1 group by 1`,
    [firstDay(period)],
  );
  const allocated = new Map(rows.map(({ service, usd }) => [service, Number(usd)]));
  const charged = Map.groupBy(athena, ({ service }) => service);
  return [...new Set([...allocated.keys(), ...charged.keys()])].flatMap((service) => {
    const [side, usd] = [allocated.get(service) ?? 0, totalOf(charged.get(service) ?? [])];
    const what = `${side} USD are allocated of ${service}, which cost ${usd} USD by Athena's copy`;
    return isOff(side, usd) ? [{ playbook: 'allocation-variance', period, what }] : [];
  });
}

async function wrongReconciliation(
  { pool }: Sandbox,
  period: Period,
  athena: readonly CostGroup[],
): Promise<StillWrong[]> {
  const { rows } = await pool.query<{ service: string | null; status: string; usd: string }>(
    `select service, status, aws_total_usd::text as usd from recon_summary where period_start = $1`,
    [firstDay(period)],
  );
  return rows.flatMap(({ service, status, usd }) => {
    const charged = totalOf(athena.filter((group) => service === null || group.service === service));
    const rests = status === 'ok' && isOff(Number(usd), charged);
    if (!rests && status !== 'failed' && status !== 'warning') return [];
    const what = `the reconciliation of ${service ?? 'the whole'} is ${status} on ${usd} USD; Athena's copy says ${charged} USD`;
    return [{ playbook: 'recon-failed', period, what }];
  });
}

const MOST_WAITING = 100;

function tooManyJobs({ services: { sqs, runnerFleet } }: Sandbox): StillWrong[] {
  const { visible } = sqs.counts(runnerFleet.queueArn);
  return visible > MOST_WAITING ? [{ playbook: 'runner-backlog', what: `${visible} jobs wait` }] : [];
}

const MEASURED_EVERY_MS = 5 * 60_000;

/** Two measurements, one of which may be late. */
function unmeasured({ clock, services: { cloudwatch } }: Sandbox): StillWrong[] {
  const wrong = (what: string): StillWrong[] => [{ playbook: 'signals-missing', what }];
  const now = clock.now().getTime();
  const since = now - 2 * MEASURED_EVERY_MS;
  const last = cloudwatch.metrics
    .list()
    .filter(({ identity }) => identity.namespace === 'CommercialOps')
    .sort((a, b) => b.newest - a.newest)[0];
  if (!last || last.newest < since) return wrong('no business metric has a value of the last ten minutes');
  const identity = { namespace: 'CommercialOps', name: 'signals_unmeasured', dimensions: [] };
  const minute = Math.max(since, last.newest);
  const left = cloudwatch.metrics.read(identity, minute, now + 1)?.max;
  if (left === undefined) return wrong('how many metrics cannot be measured is unknown');
  return left > 0 ? wrong(`${left} business metrics cannot be measured`) : [];
}

const IN_LEDGER: Readonly<Record<string, string>> = {
  'tag-coverage-drop': `
select to_char(period_start, 'YYYY-MM') as period, count(*) || ' lines carry no tenant or plan' as what
from fact_cost_raw join period_state on period_start::timestamp at time zone 'UTC' = bill_billing_period_start_date
where state = 'open' and line_item_line_item_type in ('${TAGGABLE.join("', '")}')
  and (resource_tags_user_tenant_id is null or resource_tags_user_plan_id is null)
group by 1`,
  'invoice-lag': `
select to_char(p.period_start, 'YYYY-MM') as period, b.tenant_id || ' has no invoice' as what
from period_state p
join tenant_plan_binding b on b.period_start < p.period_start + interval '1 month'
  and (b.period_end is null or b.period_end > p.period_start) and b.status <> 'scheduled'
left join invoice_header i on i.tenant_id = b.tenant_id and i.period_start = p.period_start
  and i.status in ('issued', 'paid')
where p.state = 'closed' and i.invoice_id is null`,
  'payment-mismatch': `
select null as period, invoice_id || ' is ' || status || ' over ' || total_usd || ' USD, and ' || paid || ' USD are confirmed' as what
from invoice_header
join (select invoice_id, sum(amount_usd) as paid from payment_txn where status = 'confirmed' group by 1) confirmed
using (invoice_id)
where (status = 'issued' and paid <> 0) or (status = 'paid' and paid <> total_usd)`,
  'quota-reached': `
select null as period, tenant_id || ' is at ' || utilization || ' of ' || metric_code as what
from usage_snapshot_daily u
join period_state on period_start = date_trunc('month', usage_date)::date
where utilization >= 1 and usage_date between ($1::timestamptz at time zone 'UTC')::date - 1 and ($1::timestamptz at time zone 'UTC')::date
  and state = 'open'`,
  'budget-stale': `
select null as period, budget_id || ' was refreshed ' || coalesce(last_refreshed_at::text, 'never') as what
from budget_master b join period_state p on to_char(p.period_start, 'YYYY-MM') = b.period and p.state = 'open'
where p.period_start <= $1::timestamptz and (last_refreshed_at is null or last_refreshed_at < $1::timestamptz - interval '24 hours')`,
};

/**
 * Playbooks whose last word is that their fault is gone, though it is there: in a month or place of which no run of
 * theirs has left anything to people.
 */
export function falselyHealthy(
  runs: readonly Pick<DrillRun, 'playbook' | 'outcome' | 'target' | 'endedAt' | 'run'>[],
  wrong: readonly StillWrong[],
): string[] {
  const spoken = runs.filter(
    ({ outcome }) => outcome !== null && outcome !== 'refused' && outcome !== 'rehearsed',
  );
  return spoken
    .filter(({ outcome }) => isHealthy(outcome))
    .flatMap(({ run, playbook, outcome }) => {
      const others = spoken.filter(
        (other) =>
          other.playbook === playbook &&
          !isHealthy(other.outcome) &&
          !spoken.some((later) => supersedes(later, other)),
      );
      const isWithPeople = ({ period }: StillWrong): boolean =>
        others.some(({ target }) => period === undefined || (target['period'] ?? period) === period);
      return wrong
        .filter((one) => one.playbook === playbook && !isWithPeople(one))
        .map(
          ({ period, what }) =>
            `${run} is ${outcome}, and ${period === undefined ? '' : `in ${period} `}${what}`,
        );
    });
}

type Spoken = Pick<DrillRun, 'playbook' | 'outcome' | 'target' | 'endedAt'>;
const supersedes = (later: Spoken, earlier: Spoken): boolean =>
  later.playbook === earlier.playbook &&
  isHealthy(later.outcome) &&
  JSON.stringify(later.target) === JSON.stringify(earlier.target) &&
  (later.endedAt ?? '') > (earlier.endedAt ?? '');
