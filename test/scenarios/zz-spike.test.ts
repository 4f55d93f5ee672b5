import { faults } from '../../scripts/sandbox/faults/registry.ts';
import { follow, settle } from '../../scripts/sandbox/scenario.ts';
import { freshSandbox } from '../support/sandbox.ts';

jest.setTimeout(600_000);
test('spike', async () => {
  const lines: string[] = [];
  for (const fault of faults) {
    const t0 = Date.now();
    const { sandbox, close } = await freshSandbox();
    const t1 = Date.now();
    try {
      await settle(sandbox);
      const t2 = Date.now();
      const r = await follow(sandbox, fault);
      const t3 = Date.now();
      lines.push(`== ${fault.name} boot ${t1 - t0} settle ${t2 - t1} follow ${t3 - t2}`);
      lines.push(`   actions ${r.actions.join(',')} freshness ${r.freshness.before} -> ${r.freshness.after}`);
      for (const run of r.runs) lines.push(`   run ${run.run} ${run.outcome}: ${run.why} ops ${run.operations} writes ${run.ledgerWrites}`);
      for (const e of r.executions) lines.push(`   exec ${e.status} ops ${e.operationCount} ids ${new Set(e.operations.map(o=>o.id)).size} inv ${e.invocationCount}`);
      for (const m of sandbox.services.sns.messages.all()) lines.push(`   msg ${m.topicArn.split(':').at(-1)} ${m.subject}`);
    } catch (e) { lines.push(`!! ${fault.name} ${String(e)}`); }
    finally { await close(); }
    require('fs').writeFileSync('/tmp/hx-spike.txt', lines.join('\n'));
  }
});
