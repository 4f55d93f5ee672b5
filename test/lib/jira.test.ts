import { NAMES } from '../../lib/names.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:jira-AbCdEf';
const jira = { url: 'https://example.atlassian.net', project: 'OPS', secretArn };

test('the escalation alone may read the login of Jira, and nobody where there is no Jira', async () => {
  const mayRead = (stack: StackUnderTest): string[] =>
    Object.values(NAMES.functions).filter((name) =>
      stack.permissionsOf(name).some(({ Resource }) => [Resource].flat().includes(secretArn)),
    );
  const without = await StackUnderTest.of();
  const withJira = await StackUnderTest.of({ config: { ...sampleConfig, people: { jira } } });
  expect(mayRead(without)).toEqual([]);
  expect(mayRead(withJira)).toEqual([NAMES.functions.escalation]);
});
