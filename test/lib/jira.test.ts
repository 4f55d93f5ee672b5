import { NAMES } from '../../lib/names.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:jira-AbCdEf';
const pagerArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:pager-AbCdEf';
const jira = { url: 'https://example.atlassian.net', project: 'OPS', secretArn };
const pagers = [{ kind: 'pagerduty', name: 'pagerduty', secretArn: pagerArn } as const];

test('the escalation alone may read the login of Jira and a pager’s key, and nobody where there is neither', async () => {
  const mayRead = (stack: StackUnderTest, secret = secretArn): string[] =>
    Object.values(NAMES.functions).filter((name) =>
      stack.permissionsOf(name).some(({ Resource }) => [Resource].flat().includes(secret)),
    );
  const without = await StackUnderTest.of();
  const withJira = await StackUnderTest.of({ config: { ...sampleConfig, people: { jira, pagers } } });
  expect(mayRead(without)).toEqual([]);
  expect(mayRead(without, pagerArn)).toEqual([]);
  expect(mayRead(withJira, pagerArn)).toEqual([NAMES.functions.escalation]);
  expect(mayRead(withJira)).toEqual([NAMES.functions.escalation]);
});
