import type { Sandbox } from '../../../scripts/sandbox/sandbox.ts';
import { freshSandbox, type TestSandbox } from '../../support/sandbox.ts';
import { ask } from './world.ts';

let world: TestSandbox;
let sandbox: Sandbox;
beforeAll(async () => {
  world = await freshSandbox();
  ({ sandbox } = world);
});
afterAll(() => world.close());

async function call(name: string, payload?: object): Promise<Record<string, unknown>> {
  const answer = await sandbox.services.lambda.invoke({ function: name, type: 'RequestResponse', payload });
  const body = JSON.parse(answer.payload ?? 'null') as Record<string, unknown>;
  return answer.functionError === undefined ? body : { failed: body['errorMessage'] };
}

test('all', async () => {
  for (const [n, p] of [
    ['allocation_runner'], ['tag_sync'], ['tag_validator'], ['budget_refresh_prod'], ['recon_runner'],
    ['recon_runner', { period: '2026-10' }], ['tag_validator', { period: '2026-10' }],
    ['invoice_emitter', { tenant_id: 'TEN-00123' }], ['invoice_emitter'], ['dashboard_refresher'], ['cur_ingestion'],
    ['recon_runner', { period: '2025-09' }], ['tag_sync', { period: '2025-9', x: 1 }],
    ['invoice_emitter', { tenant_id: 'TEN-00123', period: '2026-10' }],
  ] as [string, object?][]) {
    console.log(n, p, JSON.stringify(await call(n, p)));
  }
  const { rows } = await sandbox.pool.query('select recon_id, service, aws_total_usd, allocated_total_usd, invoiced_total_usd, variance_pct, status from recon_summary order by 1, 2');
  console.log(rows.map((r) => JSON.stringify(r)).join('\n'));
  console.log(sandbox.services.logs.groups.all().map((g) => g.name).join('\n'));
  console.log(sandbox.services.logs.events('/aws/lambda/budget-refresh').map((e) => e.message).join('\n'));
  console.log(await ask(sandbox.pool, 'select json_agg(a) from audit_event a where occurred_at > $1', ['2026-11-23']));
  await sandbox.services.commercialOps.payments.event({ invoice_id: 'INV-2025-09-TEN-00123' });
  await sandbox.clock.idle();
  console.log(sandbox.services.logs.events('/aws/lambda/payment_webhook').map((e) => e.message).join('\n'));
}, 60_000);
