import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { upstreamOf } from '../../lambdas/catalog/playbooks/chain.ts';
import { checkUpstream } from '../../lambdas/engine/upstream.ts';
import { exampleSettings } from '../support/settings.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const behind = playbooks.map(({ id }) => id).filter((id) => upstreamOf(id).length > 0);

/** Of a Commercial-Ops that has a state of the month, and nothing else: each probe fails. */
const check = (playbook: string, off: readonly string[]) =>
  checkUpstream(playbook, { period: '2026-11' }, NOW, {
    settings: exampleSettings({ playbooks: Object.fromEntries(off.map((id) => [id, 'off'])) }),
    tools: {
      ledger: {
        query: (sql: string) =>
          sql.includes('select state from period_state')
            ? Promise.resolve({ rows: [{ state: 'open' }], evidence: {} })
            : Promise.reject(new Error('there is no such table')),
      },
    },
  } as never);

test.each(behind)('%s asks nothing of a playbook upstream that is off', async (playbook) => {
  const links = upstreamOf(playbook).map((link) => link.playbook);
  expect(await check(playbook, links)).toEqual({ fault: undefined, healthy: [], evidenceSets: [] });
  // What is on is asked.
  for (const on of links)
    await expect(
      check(
        playbook,
        links.filter((id) => id !== on),
      ),
    ).rejects.toThrow();
});

test('some playbooks have a chain before them', () => {
  expect(behind.length).toBeGreaterThan(2);
});
