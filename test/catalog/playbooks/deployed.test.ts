import { deployed } from '../../../lambdas/catalog/playbooks/deployed.ts';
import { playbookById, playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';

test('without alarms of the account, playbooks are what they declare', () => {
  for (const playbook of playbooks) expect(deployed(playbook, { existing: {} })).toEqual(playbook);
});

test('an alarm of the account may have other periods; what else is declared stays', () => {
  const playbook = playbookById('cur-freshness');
  const [ours] = playbook?.alarms ?? [];
  if (!playbook || !ours) throw new Error('cur-freshness has no alarm');
  const slow = { existing: 'slow', periodMinutes: 60, evaluationPeriods: 4 };
  const [theirs] = deployed(playbook, { existing: { [ours.name]: slow } }).alarms;
  expect(theirs).toEqual({
    ...ours,
    periodMinutes: 60,
    datapoints: { ...ours.datapoints, outOf: 4 },
  });
});
