import type { ActionDefinition, Params } from '../../../lambdas/catalog/actions/definition.ts';
import type { Impact } from '../../../lambdas/domain/impact.ts';
import { emitInvoice } from '../../../lambdas/catalog/actions/emit-invoice.ts';
import { markReconciled } from '../../../lambdas/catalog/actions/mark-reconciled.ts';
import { notifyProvisioning } from '../../../lambdas/catalog/actions/notify-provisioning.ts';
import { refreshDashboards } from '../../../lambdas/catalog/actions/refresh-dashboards.ts';
import { runAllocation } from '../../../lambdas/catalog/actions/run-allocation.ts';
import { runBudgetRefresh } from '../../../lambdas/catalog/actions/run-budget-refresh.ts';
import { runReconciliation } from '../../../lambdas/catalog/actions/run-reconciliation.ts';
import { runTagValidator } from '../../../lambdas/catalog/actions/run-tag-validator.ts';
import { settleInvoice } from '../../../lambdas/catalog/actions/settle-invoice.ts';
import { startIngestion } from '../../../lambdas/catalog/actions/start-ingestion.ts';
import { syncTags } from '../../../lambdas/catalog/actions/sync-tags.ts';
import { tellTenant } from '../../../lambdas/catalog/actions/tell-tenant.ts';
import { topUp } from '../../../lambdas/catalog/actions/top-up.ts';
import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { issueInvoices } from '../../../sandbox/commercial-ops/jobs/invoice-sql.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const ledger = bootLedger({ holds: ({ admin }) => admin.query(WORLD) });

const line = (month: number, row: number, of: { usd: string; tenant?: string; resource?: string }) =>
  `('${month}', '2026-${month}.csv', ${row}, 'Usage', '2026-${month}-01T00:00Z', '2026-${month}-02T00:00Z', '${of.resource ?? 'i-1'}', 'AmazonEC2', ` +
  `${of.usd}, ${of.tenant === undefined ? 'null, null' : `'${of.tenant}', 'PLAN-TEAM'`}, '2026-11-02', 'd')`;

/** Two tenants; October is allocated and judged, November has begun. */
const WORLD = `
insert into tenant_master values ('TEN-00112', 'Alder', 'active', '{}', '2020-01-01'), ('TEN-00113', 'Birch', 'active', '{}', '2020-01-01');
insert into plan_master values ('PLAN-TEAM', 'team', 1, 'USD', 199, 25, '2020-01-01', null);
insert into tenant_plan_binding values ('TEN-00113', 'PLAN-TEAM', '2020-01-01', null, 'active', 0.5);
insert into period_state values ('2026-10-01', 'closing', null, '2026-11-01'), ('2026-11-01', 'open', null, '2026-11-01');
insert into fact_cost_raw (identity_line_item_id, source_file, source_row, line_item_line_item_type, bill_billing_period_start_date,
  line_item_usage_end_date, line_item_resource_id, product_servicecode, line_item_unblended_cost, resource_tags_user_tenant_id,
  resource_tags_user_plan_id, ingested_at, source_digest)
values ${[
  line(10, 1, { usd: '100.0000008', tenant: 'TEN-00112' }),
  line(10, 2, { usd: '50', tenant: 'TEN-00113' }),
  line(10, 3, { usd: '-0.5', resource: 'i-2' }),
  line(11, 1, { usd: '7', tenant: 'TEN-00113' }),
].join(', ')};
insert into resource_inventory values ('i-2', 'TEN-00113', 'PLAN-TEAM', '{}', false), ('i-9', null, null, '{}', false);
insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at) values
  ('TEN-00112', '2026-10-01', '2026-11-01', 'AmazonEC2', 'OTHER', 'R', 99.5, '2026-11-01'),
  ('TEN-00113', '2026-10-01', '2026-11-01', 'AmazonEC2', 'OTHER', 'R', 30.004, '2026-11-01'),
  ('TEN-00113', '2026-10-01', '2026-11-01', 'AmazonS3', 'S3', 'R', 20, '2026-11-01');
insert into recon_summary values
  ('RECON-2026-10', null, '2026-10-01', '2026-11-01', 150, 150, null, 0, 0, 0, 'ok', '2026-11-20'),
  ('RECON-2026-10', 'AmazonEC2', '2026-10-01', '2026-11-01', 130, 130, null, 0, 0, 0, 'failed', '2026-11-20'),
  ('RECON-2026-10', 'AmazonS3', '2026-10-01', '2026-11-01', 20, 20, null, 0, 0, 0, 'warning', '2026-11-20');
insert into invoice_header values
  ('INV-9', 'TEN-00112', '2026-09-01', '2026-10-01', 'issued', 100.1, 0, 100.1, '2026-10-06', null),
  ('INV-10', 'TEN-00113', '2026-10-01', '2026-11-01', 'open', 10, 0, 10, null, null);
insert into invoice_detail values ('INV-10', 'topup', 'storage_gb_peak', 40, 'GB', 0.25, 10, '[]');
insert into usage_snapshot_daily values
  ('TEN-00113', 'storage_gb_peak', 420, '2026-11-21', 400, 1.05, 'EVENT_QUOTA_100', '2026-11-22'),
  ('TEN-00113', 'storage_gb_peak', 420, '2026-11-22', 400, 1.05, 'EVENT_QUOTA_100', '2026-11-23'),
  ('TEN-00113', 'storage_gb_peak', 430, '2026-11-23', 400, 1.075, 'EVENT_QUOTA_100', '2026-11-23');
insert into budget_master values
  ('B-1', 'tenant', 'TEN-00113', 'cost', '2026-11', 100, 0, '{}', 'ok', '2026-11-01'),
  ('B-2', 'platform', null, 'cost', '2026-11', 100, 0, '{}', 'ok', '2026-11-01'),
  ('B-3', 'tenant', 'TEN-00112', 'cost', '2026-10', 100, 0, '{}', 'ok', '2026-11-01');
insert into dashboard_state values ('quotas', '2026-11-01', 'v'), ('invoices', '2026-11-01', 'v')`;

/** As the looking login, which can't write. */
const foresee = (action: ActionDefinition, params: Params): Promise<Impact> =>
  action.impact(params, { settings: exampleSettings(), now: new Date('2026-11-23T14:00:00Z') }, {
    ledger: readLedger(() => ledger.responder),
  } as ReadTools);

const BOTH = ['TEN-00112', 'TEN-00113'];
const BIRCH = ['TEN-00113'];
const none = { usd: '0', tenants: [] };

test.each<[string, ActionDefinition, Params, Impact]>([
  [
    'a month that has begun counts as much as the one before',
    startIngestion,
    { period: '2026-11' },
    { rows: 3, usd: '150.5000008', tenants: BOTH },
  ],
  [
    'a month that nobody knows has nothing to lose',
    startIngestion,
    { period: '2026-01' },
    { rows: 0, ...none },
  ],
  [
    'an allocation distributes all costs, credits too, and each of its digits',
    runAllocation,
    { period: '2026-10' },
    { rows: 3, usd: '150.5000008', tenants: BOTH },
  ],
  [
    'one that is not there yet has as many rows as the last',
    runAllocation,
    { period: '2026-11' },
    { rows: 3, usd: '7', tenants: BOTH },
  ],
  [
    'tags are copied onto lines that lack them, for whom the inventory names',
    syncTags,
    { period: '2026-10' },
    { rows: 1, usd: '0.5', tenants: BIRCH },
  ],
  ['where none is missing any, onto none', syncTags, { period: '2026-11' }, { rows: 0, ...none }],
  [
    'a validation judges the inventory, and what lies beside it',
    runTagValidator,
    { period: '2026-10' },
    { rows: 3, ...none },
  ],
  ['a reconciliation writes its rows', runReconciliation, { period: '2026-10' }, { rows: 3, ...none }],
  [
    'the first one, one for each service and the whole',
    runReconciliation,
    { period: '2026-11' },
    { rows: 2, ...none },
  ],
  ['a mark is set on what failed or warns', markReconciled, { period: '2026-10' }, { rows: 2, ...none }],
  [
    'an invoice is half a plan, two services and a top-up',
    emitInvoice,
    { tenant_id: 'TEN-00113', period: '2026-10' },
    { rows: 5, usd: '159.500000', tenants: BIRCH },
  ],
  [
    'one invoice is settled',
    settleInvoice,
    { invoice_id: 'INV-9', tenant_id: 'TEN-00112', period: '2026-09' },
    { rows: 1, usd: '100.100000', tenants: ['TEN-00112'] },
  ],
  [
    'none is, where there is none',
    settleInvoice,
    { invoice_id: 'INV-8', tenant_id: 'TEN-00112', period: '2026-08' },
    { rows: 0, ...none },
  ],
  [
    'a top-up is header, line and two days, at its price to the cent',
    topUp,
    {
      tenant_id: 'TEN-00113',
      metric_code: 'storage_gb_peak',
      period: '2026-11',
      step_value: '40.000000',
      price_usd: '10.005000',
    },
    { rows: 4, usd: '10.01', tenants: BIRCH },
  ],
  ['the budgets of the month are refreshed', runBudgetRefresh, {}, { rows: 2, usd: '0', tenants: BIRCH }],
  ['all dashboards are', refreshDashboards, {}, { rows: 2, ...none }],
  [
    'a tenant is told of its own quota',
    tellTenant,
    { tenant_id: 'TEN-00113', plan_code: 'PLAN-TEAM', metric_code: 'egress_gb', utilization: '104 %' },
    { rows: 1, usd: '0', tenants: BIRCH },
  ],
  [
    'provisioning is told of nobody',
    notifyProvisioning,
    { period: '2026-10', count: '1', resources: 'i-3' },
    { rows: 1, ...none },
  ],
])('%s', async (_what, action, params, impact) => {
  expect(await foresee(action, params)).toEqual(impact);
});

test('what an invoice would bill is what the job bills', async () => {
  const { usd } = await foresee(emitInvoice, { tenant_id: 'TEN-00113', period: '2026-10' });
  const issued = await transaction(ledger.admin, (client) =>
    issueInvoices(client, '2026-10', '2026-11-23T14:00:00Z', 'TEN-00113'),
  );
  expect(issued).toEqual([expect.objectContaining({ total_usd: usd })]);
});
