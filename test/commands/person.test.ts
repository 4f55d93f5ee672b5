import { personOf } from '../../lambdas/commands/person.ts';

const account = '012345678901';
const session = (role: string, name: string) => `arn:aws:sts::${account}:assumed-role/${role}/${name}`;
const rules = { peoplesRoles: ['break-glass', `arn:aws:iam::${account}:role/people/on-call`] };

test.each([
  ['a user', `arn:aws:iam::${account}:user/ada`, `arn:aws:iam::${account}:user/ada`],
  ['a user in a path', `arn:aws:iam::${account}:user/sre/ada`, `arn:aws:iam::${account}:user/sre/ada`],
  [
    'a user in another partition',
    `arn:aws-us-gov:iam::${account}:user/ada`,
    `arn:aws-us-gov:iam::${account}:user/ada`,
  ],
  ['a permission set', session('AWSReservedSSO_Sre_0123456789abcdef', 'ada@example.com'), 'ada@example.com'],
  [
    'another set of the same human',
    session('AWSReservedSSO_Admin_Access_fedcba9876543210', 'ada@example.com'),
    'ada@example.com',
  ],
  ["a people's role", session('break-glass', 'ada@example.com'), 'ada@example.com'],
  ["a people's role listed by its ARN", session('on-call', 'ada@example.com'), 'ada@example.com'],
  ['any other role', session('deploy', 'ada'), `arn:aws:sts::${account}:assumed-role/deploy`],
  [
    'the same role, under a name of one’s choice',
    session('deploy', 'bob'),
    `arn:aws:sts::${account}:assumed-role/deploy`,
  ],
  [
    'a role that only looks like a permission set',
    session('AWSReservedSSO_Sre', 'ada'),
    `arn:aws:sts::${account}:assumed-role/AWSReservedSSO_Sre`,
  ],
  [
    'a role whose name only ends as a listed one',
    session('not-break-glass', 'ada'),
    `arn:aws:sts::${account}:assumed-role/not-break-glass`,
  ],
  [
    'a federated user',
    `arn:aws:sts::${account}:federated-user/ada`,
    `arn:aws:sts::${account}:federated-user/ada`,
  ],
  ['root', `arn:aws:iam::${account}:root`, undefined],
  ['a role without a session', `arn:aws:iam::${account}:role/deploy`, undefined],
  ['a session without a name', session('break-glass', ''), undefined],
  ['no ARN', 'ada', undefined],
])('%s: %s', (_what, arn, person) => {
  expect(personOf(arn, rules)).toBe(person);
});

test('nobody is a person by a role that is not listed', () => {
  const [ada, bob] = ['ada', 'bob'].map((name) =>
    personOf(session('break-glass', name), { peoplesRoles: [] }),
  );
  expect(ada).toBe(bob);
});
