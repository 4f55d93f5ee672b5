import type { InvokeCommandInput } from '@aws-sdk/client-lambda';
import { runAllocation } from '../../../lambdas/catalog/actions/run-allocation.ts';
import { runReconciliation } from '../../../lambdas/catalog/actions/run-reconciliation.ts';
import { syncTags } from '../../../lambdas/catalog/actions/sync-tags.ts';
import type { ActionDefinition } from '../../../lambdas/catalog/actions/definition.ts';
import type { ActTools, ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const context = {
  settings: exampleSettings(),
  run: 'a-run',
  now: new Date('2026-11-23T14:00:00Z'),
  actionId: 'a-run-1',
  fence: '8',
};

describe('what a job is sent', () => {
  async function sent(action: ActionDefinition, params: Record<string, string>) {
    const inputs: InvokeCommandInput[] = [];
    const lambda = { invoke: async (input: InvokeCommandInput) => void inputs.push(input) };
    await action.start(action.params.parse(params), context, {
      lambda: async () => lambda,
    } as unknown as ActTools);
    return inputs.map(({ FunctionName, Payload }) => [
      FunctionName,
      JSON.parse(Payload as unknown as string) as unknown,
    ]);
  }
  const id = { run_id: 'a-run-1', fence: '8' };

  test('a rule version goes out as a number, and only when there is one', async () => {
    const period = '2026-11';
    expect(await sent(runAllocation, { period, rule_version: '2' })).toEqual([
      ['allocation_runner', { period, rule_version: 2, ...id }],
    ]);
    expect(await sent(runAllocation, { period })).toEqual([['allocation_runner', { period, ...id }]]);
    expect(await sent(runReconciliation, { period })).toEqual([['recon_runner', { period, ...id }]]);
    await expect(sent(runAllocation, { period, rule_version: '0' })).rejects.toThrow(
      /a rule version such as/,
    );
  });
});

describe('a job that was refused for its fence', () => {
  const ledger = bootLedger();
  beforeEach(() => ledger.admin.query('delete from job_run'));

  const record = (runId: string, fence: number, status: string, result: object, job = 'tag_sync') =>
    ledger.admin.query(
      `insert into job_run values ($1, $2, '2026-11', null, $3, $4, '2026-11-23', '2026-11-23', $5)`,
      [runId, job, fence, status, JSON.stringify(result)],
    );
  const progress = (action: ActionDefinition, job = 'tag_sync') => {
    const tools = { ledger: readLedger(() => ledger.responder) } as unknown as ReadTools;
    return action.progress({ job, runId: 'a-run-1' }, context, tools);
  };
  const refusal = { error: 'tag_sync refuses run a-run-1: its fence 8 is older than 9' };

  test('is done where a newer order did the same: tags are tags, whoever copies them', async () => {
    await record('a-run-1', 8, 'failed', refusal);
    await record('other-1', 9, 'completed', {});
    expect(await progress(syncTags)).toEqual({
      state: 'succeeded',
      summary: 'tag_sync completed the newer run other-1 instead',
    });
  });

  test('is not done where the newer one failed, too, or where it failed of something else', async () => {
    await record('a-run-1', 8, 'failed', refusal);
    await record('other-1', 9, 'failed', {});
    expect(await progress(syncTags)).toMatchObject({ state: 'failed' });
    await ledger.admin.query(`update job_run set status = 'completed' where run_id = 'other-1'`);
    await ledger.admin.query(`update job_run set result = '{"error": "timed out"}' where run_id = 'a-run-1'`);
    expect(await progress(syncTags)).toMatchObject({
      state: 'failed',
      summary: 'tag_sync failed (timed out)',
    });
  });

  test('has failed where what it does depends on its order', async () => {
    await record('a-run-1', 8, 'failed', { error: 'its fence 8 is older than 9' }, 'allocation_runner');
    await record('other-1', 9, 'completed', {}, 'allocation_runner');
    expect(await progress(runAllocation, 'allocation_runner')).toEqual({
      state: 'failed',
      summary: 'allocation_runner failed (older fence)',
    });
  });
});
