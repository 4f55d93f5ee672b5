import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { createJira } from '../../../lambdas/escalation/jira/jira.ts';
import { NAMES } from '../../../lib/names.ts';
import { actAs } from '../../catalog/actions/as-role.ts';
import { freshSandbox, type TestSandbox } from '../../support/sandbox.ts';
import { ISSUE } from './world.ts';

let booted: TestSandbox;
beforeAll(async () => {
  booted = await freshSandbox();
});
afterAll(() => booted.close());

test('the escalation finds Jira by its settings, and its role lets it read the login', async () => {
  const { sandbox } = booted;
  const role = await actAs(sandbox, NAMES.functions.escalation);
  const { jira: settings } = role.settings.people;
  if (!settings) throw new Error('the sandbox has no Jira');
  const secrets = new SecretsManager();
  try {
    expect(await createJira(settings, async () => secrets).open(ISSUE)).toEqual({
      key: 'OPS-1',
      url: `${sandbox.endpoint}/_jira/browse/OPS-1`,
    });
    expect(sandbox.services.jira.issues.all()).toHaveLength(1);
  } finally {
    secrets.destroy();
    await role.close();
  }
});

test('each topic of people has somebody who reads it', () => {
  const { sns } = booted.sandbox.services;
  for (const topic of ['sre', 'finops', 'lead', 'management'] as const) {
    const { arn } = sns.topic(`arn:aws:sns:us-east-1:012345678901:${NAMES.topics[topic]}`);
    expect(sns.subscriptionsOf(arn)).toMatchObject([{ protocol: 'email', confirmed: true }]);
  }
});
