import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { undo } from '../../lambdas/commands/each/undo.ts';
import { why } from '../../lambdas/commands/each/why.ts';
import { withFullIds } from '../../lambdas/commands/full-ids.ts';
import type { Ledger } from '../../lambdas/platform/ledger/queryable.ts';

const refuse = () => Promise.reject(new Error('a name was looked up as the beginning of an id'));
const pool: Ledger = { connect: refuse, query: refuse };
const names = new Set(playbooks.flatMap(({ id, alarms }) => [id, ...alarms.map(({ name }) => name)]));

test.each([...names])('"%s" names a playbook or an alarm, and stands for no run', async (run) => {
  for (const definition of [why, undo])
    expect(await withFullIds({ run }, definition, { pool, now: new Date(0) })).toEqual({ input: { run } });
});
