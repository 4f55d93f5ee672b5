import { contextOf } from '../../aws/iam-conditions.ts';
import { evaluate } from '../../aws/iam-evaluation.ts';
import { AWS_MANAGED_POLICIES } from '../../aws/iam-managed-policies.ts';
import { parsePolicy } from '../../aws/iam-policy.ts';
import { evaluateResourcePolicy } from '../../aws/iam-resource-policy.ts';

const decide = (
  statements: object | object[],
  action: string,
  resource = 'arn:aws:s3:::b/k',
  context: Record<string, string> = {},
) =>
  evaluate([parsePolicy('p', { Statement: statements })], { action, resource, context: contextOf(context) });

const allow = (more: object) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...more });
const deny = (more: object) => ({ Effect: 'Deny', Action: '*', Resource: '*', ...more });
const any = (members: object) => ({ Effect: 'Allow', ...members });

describe('what a statement covers', () => {
  test.each([
    ['exact', any({ Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/k' }), 's3:GetObject', 'allowed'],
    ['actions regardless of case', allow({ Action: 'S3:getobject' }), 's3:GetObject', 'allowed'],
    ['* and ? in actions', allow({ Action: ['s3:Get*', 's3:?ut*'] }), 's3:PutObject', 'allowed'],
    ['another action', allow({ Action: 's3:Get*' }), 's3:PutObject', 'implicitDeny'],
    ['a dot is a dot', allow({ Resource: 'arn:aws:s3:::b.k' }), 's3:GetObject', 'implicitDeny'],
    ['NotAction', any({ NotAction: 's3:Delete*', Resource: '*' }), 's3:GetObject', 'allowed'],
    [
      'NotAction, the one',
      any({ NotAction: 's3:Delete*', Resource: '*' }),
      's3:DeleteObject',
      'implicitDeny',
    ],
    ['NotResource', any({ Action: '*', NotResource: 'arn:aws:s3:::other/*' }), 's3:GetObject', 'allowed'],
    [
      'NotResource, the one',
      any({ Action: '*', NotResource: 'arn:aws:s3:::b/*' }),
      's3:GetObject',
      'implicitDeny',
    ],
    ['a folder', allow({ Resource: 'arn:aws:s3:::b/*' }), 's3:GetObject', 'allowed'],
    ['the bucket is not its objects', allow({ Resource: 'arn:aws:s3:::b' }), 's3:GetObject', 'implicitDeny'],
    [
      'Deny wins over Allow, in either order',
      [deny({ Action: 's3:Get*' }), allow({})],
      's3:GetObject',
      'explicitDeny',
    ],
    [
      'Deny wins over Allow, in either order',
      [allow({}), deny({ Action: 's3:Get*' })],
      's3:GetObject',
      'explicitDeny',
    ],
    ['a Deny of something else', [allow({}), deny({ Action: 's3:Put*' })], 's3:GetObject', 'allowed'],
  ])('%s', (_, statements, action, decision) => {
    expect(decide(statements, action).decision).toBe(decision);
  });

  test('a wildcard does not reach over the colons of an ARN, except in its last part', () => {
    const key = 'arn:aws:logs:us-east-1:012345678901:log-group:/aws/lambda/x:log-stream:y';
    expect(
      decide(allow({ Resource: 'arn:aws:logs:*:*:log-group:/aws/lambda/*' }), 'logs:Get', key).decision,
    ).toBe('allowed');
    expect(decide(allow({ Resource: 'arn:aws:logs:*:log-group:*' }), 'logs:Get', key).decision).toBe(
      'implicitDeny',
    );
  });
});

describe('conditions', () => {
  const fits = (Condition: object, context: Record<string, string>) =>
    decide(allow({ Condition }), 'a:B', '*', context).decision === 'allowed';
  test.each([
    [
      'StringEquals',
      { StringEquals: { 'aws:SourceAccount': ['1', '2'] } },
      { 'AWS:sourceaccount': '2' },
      true,
    ],
    ['StringEquals, missing', { StringEquals: { 'aws:SourceAccount': '1' } }, {}, false],
    ['StringNotEquals', { StringNotEquals: { k: ['1', '2'] } }, { k: '2' }, false],
    ['StringNotEquals, missing', { StringNotEquals: { k: '1' } }, {}, true],
    ['StringLike', { StringLike: { k: 'cur-prefix/*' } }, { k: 'cur-prefix/2025-09' }, true],
    ['StringEquals knows no wildcards', { StringEquals: { k: 'a*' } }, { k: 'ab' }, false],
    ['StringEqualsIfExists, missing', { StringEqualsIfExists: { k: '1' } }, {}, true],
    ['StringEqualsIfExists, other', { StringEqualsIfExists: { k: '1' } }, { k: '2' }, false],
    [
      'ArnLike',
      { ArnLike: { k: 'arn:aws:cloudwatch:*:*:alarm:*' } },
      { k: 'arn:aws:cloudwatch:us-east-1:1:alarm:x' },
      true,
    ],
    [
      'ArnEquals',
      { ArnEquals: { k: 'arn:aws:sns:us-east-1:1:x' } },
      { k: 'arn:aws:sns:us-east-1:1:y' },
      false,
    ],
    ['Bool', { Bool: { 'aws:SecureTransport': false } }, { 'aws:SecureTransport': 'true' }, false],
    ['Null', { Null: { k: 'true' } }, {}, true],
    [
      'all must hold',
      { StringEquals: { a: '1', b: '1' }, Bool: { c: 'true' } },
      { a: '1', b: '1', c: 'false' },
      false,
    ],
  ])('%s', (_, condition, context, wanted) => {
    expect(fits(condition, context)).toBe(wanted);
  });

  test('an operator that is not understood counts against the caller, and is named', () => {
    const Condition = { NumericLessThan: { k: 5 } };
    expect(decide(allow({ Condition }), 'a:B')).toMatchObject({
      decision: 'implicitDeny',
      doubt: expect.stringContaining('the condition operator NumericLessThan') as string,
    });
    expect(decide([allow({}), deny({ Condition })], 'a:B').decision).toBe('explicitDeny');
  });
});

describe('documents', () => {
  test.each([
    ['no JSON', '{', /policy p is not JSON/],
    [
      'a misspelt element',
      { Statement: { Effect: 'Allow', Actions: '*', Resource: '*' } },
      /Unrecognized key: "Actions"/,
    ],
    ['Action and NotAction', { Statement: allow({ NotAction: 'x' }) }, /either Action or NotAction/],
    [
      'a policy variable',
      { Statement: allow({ Resource: 'arn:aws:s3:::b/${aws:username}' }) },
      /does not emulate policy variables/,
    ],
    ['NotPrincipal', { Statement: allow({ NotPrincipal: '*' }) }, /NotPrincipal/],
  ])('%s is refused when it is given', (_, document, message) => {
    expect(() => parsePolicy('p', document)).toThrow(message);
  });

  test('the managed policies of durable functions', () => {
    const durable = AWS_MANAGED_POLICIES.get(
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy',
    );
    expect(durable?.statements[0]?.Action).toEqual(
      expect.arrayContaining([
        'lambda:CheckpointDurableExecution',
        'lambda:GetDurableExecutionState',
        'logs:PutLogEvents',
      ]),
    );
    expect([...AWS_MANAGED_POLICIES.keys()].map((arn) => arn.split('/').at(-1))).toEqual([
      'AWSLambdaBasicExecutionRole',
      'AWSLambdaBasicDurableExecutionRolePolicy',
      'AWSLambdaVPCAccessExecutionRole',
    ]);
  });
});

describe('policies on resources', () => {
  const root = 'arn:aws:iam::012345678901:root';
  const session = 'arn:aws:sts::012345678901:assumed-role/runner/s';
  const verdict = (statements: object | object[], asker: { service?: string; arn?: string }, context = {}) =>
    evaluateResourcePolicy(
      parsePolicy('topic', { Statement: statements }),
      asker,
      'sns:Publish',
      'arn:aws:sns:x',
      context,
    );
  const to = (Principal: unknown, more: object = {}) => allow({ Principal, ...more });

  test.each([
    [
      'a service',
      to({ Service: 'cloudwatch.amazonaws.com' }),
      { service: 'cloudwatch.amazonaws.com' },
      'allowed',
    ],
    [
      'another service',
      to({ Service: 'cloudwatch.amazonaws.com' }),
      { service: 'events.amazonaws.com' },
      'implicitDeny',
    ],
    [
      'a service is not in the account',
      to({ AWS: root }),
      { service: 'cloudwatch.amazonaws.com' },
      'implicitDeny',
    ],
    ['everybody', to('*'), { service: 'x' }, 'allowed'],
    ['any AWS principal is no service', to({ AWS: '*' }), { service: 'x' }, 'implicitDeny'],
    ['any AWS principal', to({ AWS: '*' }), { arn: session }, 'allowed'],
    [
      'the role of a session',
      to({ AWS: 'arn:aws:iam::012345678901:role/path/runner' }),
      { arn: session },
      'allowed',
    ],
    ['another role', to({ AWS: 'arn:aws:iam::012345678901:role/run' }), { arn: session }, 'implicitDeny'],
    ['the account', to({ AWS: root }), { arn: session }, 'account'],
    ['the account by number', to({ AWS: '012345678901' }), { arn: session }, 'account'],
    ['another account', to({ AWS: '111111111111' }), { arn: session }, 'implicitDeny'],
    ['the account, asked by root', to({ AWS: root }), { arn: root }, 'allowed'],
    ['a denied account', [to('*'), deny({ Principal: { AWS: root } })], { arn: session }, 'explicitDeny'],
  ])('%s', (_, statements, asker, wanted) => {
    expect(verdict(statements, asker)).toBe(wanted);
  });

  test('with a condition on the source', () => {
    const statement = to(
      { Service: 's' },
      { Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:*:*:alarm:*' } } },
    );
    const source = (kind: string) => ({ 'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:1:${kind}:x` });
    expect(verdict(statement, { service: 's' }, source('alarm'))).toBe('allowed');
    expect(verdict(statement, { service: 's' }, source('dashboard'))).toBe('implicitDeny');
  });
});
