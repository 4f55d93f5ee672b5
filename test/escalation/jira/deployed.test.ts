import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { createJira } from '../../../lambdas/escalation/jira/jira.ts';
import { NAMES } from '../../../lib/names.ts';
import { as } from '../../support/as-role.ts';
import { bootWorld } from '../../support/world.ts';
import { ISSUE } from './boot.ts';

const world = bootWorld({}, as(NAMES.functions.escalation));

test('the escalation finds Jira by its settings, and its role lets it read the login', async () => {
  const { jira: settings } = world.role.settings.people;
  if (!settings) throw new Error('the sandbox has no Jira');
  const secrets = new SecretsManager();
  world.defer(() => secrets.destroy());
  expect(await createJira(settings, async () => secrets).open(ISSUE)).toEqual({
    key: 'OPS-1',
    url: `${world.endpoint}/_jira/browse/OPS-1`,
  });
  expect(world.services.jira.issues.all()).toHaveLength(1);
});

test('each topic of people has somebody who reads it', () => {
  const { sns } = world.services;
  for (const topic of ['sre', 'finops', 'lead', 'management'] as const) {
    const { arn } = sns.topic(`arn:aws:sns:us-east-1:012345678901:${NAMES.topics[topic]}`);
    expect(sns.subscriptionsOf(arn)).toMatchObject([{ protocol: 'email', confirmed: true }]);
  }
});
