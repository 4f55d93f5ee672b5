import { personOf } from '../../lambdas/commands/person.ts';
import { checked } from '../../lambdas/platform/checked.ts';
import { People } from '../../lambdas/domain/people.ts';

const account = '012345678901';
const session = (role: string, name: string) => `arn:aws:sts::${account}:assumed-role/${role}/${name}`;
const user = (name: string) => `arn:aws:iam::${account}:user/${name}`;

const { commanders } = People.parse({
  commanders: [
    {
      name: 'ada',
      arns: [
        user('sre/ada'),
        session('AWSReservedSSO_Sre_*', 'Ada@example.com'),
        session('AWSReservedSSO_Admin_fedcba9876543210', 'ada@example.com'),
      ],
      may: ['look', 'operate'],
    },
    { name: 'bob', arns: [session('break-glass', 'bob')], may: ['approve'], sessionNames: 'enforced' },
  ],
});

test.each([
  ['a listed user', user('sre/ada'), 'ada'],
  ['any set of the listed name', session('AWSReservedSSO_Sre_0123456789abcdef', 'ada@example.com'), 'ada'],
  ['the same set, made again', session('AWSReservedSSO_Sre_9999999999abcdef', 'ADA@example.com'), 'ada'],
  ['one listed set', session('AWSReservedSSO_Admin_fedcba9876543210', 'ada@example.com'), 'ada'],
  ['a session of a role that fixes names', session('break-glass', 'Bob'), 'bob'],
  [
    'the listed set, made again',
    session('AWSReservedSSO_Admin_0123456789abcdef', 'ada@example.com'),
    undefined,
  ],
  ['another person of the set', session('AWSReservedSSO_Sre_0123456789abcdef', 'eve@example.com'), undefined],
  ['a role that only looks like a set', session('AWSReservedSSO_Sre', 'ada@example.com'), undefined],
  [
    'a role whose name begins like a set',
    session('AWSReservedSSO_Sre_more_0123456789abcdef', 'ada@example.com'),
    undefined,
  ],
  ['the pattern itself', session('AWSReservedSSO_Sre_*', 'ada@example.com'), undefined],
  ['another path', user('ada'), undefined],
  ['another user', user('sre/bob'), undefined],
  ['another session of the role', session('break-glass', 'ada'), undefined],
  ['a service role', session('deploy', 'bob'), undefined],
  ['a federated user', `arn:aws:sts::${account}:federated-user/ada`, undefined],
  ['the same user of another account', 'arn:aws:iam::999999999999:user/sre/ada', undefined],
  ['the same user of another partition', `arn:aws-us-gov:iam::${account}:user/sre/ada`, undefined],
  ['root', `arn:aws:iam::${account}:root`, undefined],
  ['a role without a session', `arn:aws:iam::${account}:role/break-glass`, undefined],
  ['no ARN', 'ada', undefined],
])('%s', (_what, arn, name) => {
  expect(personOf(arn, commanders)?.name).toBe(name);
});

test('nobody is listed by default', () => {
  expect(People.parse({}).commanders).toEqual([]);
});

const ada = { name: 'ada', arns: [user('ada')], may: ['look'] };

test.each([
  [
    'a role whose callers choose the name',
    [{ ...ada, arns: [session('deploy', 'ada')] }],
    /session names of deploy/,
  ],
  ['one ARN for two people', [ada, { ...ada, name: 'bob' }], /one person only; ada has it as well/],
  [
    'two spellings of one session',
    ['ada', 'ADA'].map((it) => ({
      ...ada,
      name: it.length + it.toLowerCase() + it.charCodeAt(0),
      arns: [session('AWSReservedSSO_Sre_*', it)],
    })),
    /one person only/,
  ],
  ['one name for two people', [ada, { ...ada, arns: [user('other')] }], /ada is listed twice/],
  [
    'a pattern for any role',
    [{ ...ada, sessionNames: 'enforced', arns: [session('sre*', 'ada')] }],
    /"\*" at the end/,
  ],
  ['a role', [{ ...ada, arns: [`arn:aws:iam::${account}:role/sre`] }], /ARN of an IAM user/],
  [
    'a federated user',
    [{ ...ada, arns: [`arn:aws:sts::${account}:federated-user/ada`] }],
    /ARN of an IAM user/,
  ],
  ['root', [{ ...ada, arns: [`arn:aws:iam::${account}:root`] }], /ARN of an IAM user/],
  ['no verb', [{ ...ada, may: [] }], /commanders\[0\]\.may/],
  ['an unknown verb', [{ ...ada, may: ['everything'] }], /operate/],
])('the configuration refuses %s', (_what, list, mistakes) => {
  const read = checked(People, { commanders: list });
  expect('mistakes' in read ? read.mistakes : '').toMatch(mistakes);
});
