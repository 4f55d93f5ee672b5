import { upstreamOf } from '../../../lambdas/catalog/playbooks/chain.ts';

test.each<[string, string[]]>([
  ['cur-freshness', []],
  ['recon-failed', ['costs', 'allocation']],
  ['invoice-lag', ['costs', 'allocation', 'reconciliation']],
  ['tag-coverage-drop', ['costs']],
  ['runner-backlog', []],
])('%s comes after %j', (playbook, links) => {
  expect(upstreamOf(playbook).map(({ name }) => name)).toEqual(links);
});
