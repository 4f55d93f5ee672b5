import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { iamDefinition } from '../../aws/iam-operations.ts';
import { Iam } from '../../aws/iam.ts';
import { makeWorld, serve } from '../wire/serve.ts';
import type { Served, World } from '../wire/serve.ts';

const BASIC = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
const ROLE = 'arn:aws:iam::012345678901:role/cur-ingest-prod';
const OBJECT = 'arn:aws:s3:::cur-bucket/cur-prefix/2025-09/1';
const principal = {
  arn: 'arn:aws:sts::012345678901:assumed-role/cur-ingest-prod/s',
  roleName: 'cur-ingest-prod',
};
const trust = {
  Statement: { Effect: 'Allow', Principal: { Service: 'glue.amazonaws.com' }, Action: 'sts:AssumeRole' },
};
const read = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:Get*', 's3:ListBucket'], Resource: 'arn:aws:s3:::cur-bucket*' },
    { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' },
  ],
};

let world: World;
let served: Served;
let client: IAMClient;
beforeAll(async () => {
  world = makeWorld();
  served = await serve(world, [iamDefinition(world.iam)]);
  client = new IAMClient(served.config());
});
afterAll(() => served.close());
beforeEach(async () => {
  await world.iam.createRole({
    name: 'cur-ingest-prod',
    trust,
    policies: [{ name: 'read', document: read }],
    managedPolicyArns: [BASIC],
  });
});

const simulate = async (ActionNames: string[], ResourceArns?: string[]) => {
  const command = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: ROLE,
    ActionNames,
    ...(ResourceArns && { ResourceArns }),
  });
  const { EvaluationResults } = await client.send(command);
  return EvaluationResults?.flatMap((result) =>
    (result.ResourceSpecificResults ?? []).map((one) => [
      result.EvalActionName,
      one.EvalResourceName,
      one.EvalResourceDecision,
    ]),
  );
};

describe('SimulatePrincipalPolicy', () => {
  test('answers for every action on every resource', async () => {
    const actions = ['s3:GetObject', 's3:DeleteObject', 'athena:StartQueryExecution', 'logs:PutLogEvents'];
    expect(await simulate(actions, [OBJECT, 'arn:aws:s3:::other/1'])).toEqual([
      ['s3:GetObject', OBJECT, 'allowed'],
      ['s3:GetObject', 'arn:aws:s3:::other/1', 'implicitDeny'],
      ['s3:DeleteObject', OBJECT, 'explicitDeny'],
      ['s3:DeleteObject', 'arn:aws:s3:::other/1', 'explicitDeny'],
      ['athena:StartQueryExecution', OBJECT, 'implicitDeny'],
      ['athena:StartQueryExecution', 'arn:aws:s3:::other/1', 'implicitDeny'],
      ['logs:PutLogEvents', OBJECT, 'allowed'],
      ['logs:PutLogEvents', 'arn:aws:s3:::other/1', 'allowed'],
    ]);
  });

  test('without a resource asks about all of them', async () => {
    const ActionNames = ['s3:GetObject', 'logs:PutLogEvents'];
    const command = new SimulatePrincipalPolicyCommand({ PolicySourceArn: ROLE, ActionNames });
    const { EvaluationResults } = await client.send(command);
    expect(EvaluationResults).toMatchObject([
      { EvalActionName: 's3:GetObject', EvalResourceName: '*', EvalDecision: 'implicitDeny' },
      { EvalActionName: 'logs:PutLogEvents', EvalResourceName: '*', EvalDecision: 'allowed' },
    ]);
    expect(EvaluationResults?.[0]?.ResourceSpecificResults ?? []).toEqual([]);
  });

  test('decides an action by its strictest resource, and knows of a request only what it is given', async () => {
    await world.iam.putRolePolicy('cur-ingest-prod', 'from-our-network', {
      Statement: {
        Effect: 'Allow',
        Action: 's3:PutObject',
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' }, Bool: { 'aws:SecureTransport': 'true' } },
      },
    });
    const ask = async (ContextEntries: object[] = []) => {
      const asked = { PolicySourceArn: ROLE, ActionNames: ['s3:GetObject', 's3:PutObject'] };
      const ResourceArns = [OBJECT, 'arn:aws:s3:::other/1'];
      const command = new SimulatePrincipalPolicyCommand({
        ...asked,
        ResourceArns,
        ContextEntries: ContextEntries,
      });
      return (await client.send(command)).EvaluationResults;
    };
    const missing = ['aws:SourceVpc', 'aws:SecureTransport'];
    expect(await ask()).toMatchObject([
      { EvalResourceName: '*', EvalDecision: 'implicitDeny', MissingContextValues: missing },
      { EvalDecision: 'implicitDeny', ResourceSpecificResults: [{ MissingContextValues: missing }, {}] },
    ]);
    const entry = (ContextKeyName: string, value: string) => ({
      ContextKeyName,
      ContextKeyValues: [value],
      ContextKeyType: 'string',
    });
    const known = [entry('aws:SourceVpc', 'vpc-1'), entry('aws:SecureTransport', 'true')];
    expect(await ask(known)).toMatchObject([{}, { EvalDecision: 'allowed', MissingContextValues: [] }]);
  });

  test('agrees with what the role then may do', async () => {
    for (const action of ['s3:GetObject', 's3:DeleteObject', 's3:PutObject', 'logs:PutLogEvents']) {
      const [[, , decision] = []] = (await simulate([action], [OBJECT])) ?? [];
      expect(world.iam.check(principal, action, OBJECT).allowed).toBe(decision === 'allowed');
    }
  });

  test('an unknown role, and options that are not emulated', async () => {
    const ask = (more: object) =>
      client.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn: ROLE, ActionNames: ['a:B'], ...more }),
      );
    await expect(ask({ PolicySourceArn: `${ROLE}x` })).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
    await expect(ask({ PermissionsBoundaryPolicyInputList: ['{}'] })).rejects.toThrow(
      /does not emulate PermissionsBoundary/,
    );
  });
});

describe('a permission that is taken away', () => {
  test('from inline and managed policies, and nothing else', async () => {
    expect(await world.iam.removePermission('cur-ingest-prod', 's3:GetObject')).toEqual([
      's3:Get* (policy read)',
    ]);
    expect(await world.iam.removePermission('cur-ingest-prod', 'logs:PutLogEvents')).toEqual([
      `managed policy ${BASIC}`,
    ]);
    expect(
      await simulate(['s3:GetObject', 's3:ListBucket', 's3:DeleteObject', 'logs:PutLogEvents'], [OBJECT]),
    ).toEqual([
      ['s3:GetObject', OBJECT, 'implicitDeny'],
      ['s3:ListBucket', OBJECT, 'allowed'],
      ['s3:DeleteObject', OBJECT, 'explicitDeny'],
      ['logs:PutLogEvents', OBJECT, 'implicitDeny'],
    ]);
    expect(await world.iam.removePermission('cur-ingest-prod', 's3:GetObject')).toEqual([]);
  });

  test('is given back by another policy of that name', async () => {
    await world.iam.putRolePolicy('cur-ingest-prod', 'read', { Statement: [] });
    expect(world.iam.check(principal, 's3:GetObject', OBJECT).reason).toBe(
      'no identity-based policy allows the s3:GetObject action',
    );
    await world.iam.putRolePolicy('cur-ingest-prod', 'read', read);
    expect(world.iam.check(principal, 's3:GetObject', OBJECT).allowed).toBe(true);
    await expect(world.iam.putRolePolicy('cur-ingest-prod', 'p', {})).rejects.toThrow(/Statement/);
  });
});

describe('check', () => {
  test('root may do everything, a principal without a role nothing', () => {
    expect(world.iam.check({ arn: 'arn:aws:iam::012345678901:root' }, 'x:Y', '*').allowed).toBe(true);
    expect(world.iam.check({ arn: 'arn:aws:iam::012345678901:user/u' }, 'x:Y', '*').allowed).toBe(false);
    expect(world.iam.check({ arn: 'arn:x', roleName: 'gone' }, 'x:Y', '*').allowed).toBe(false);
  });

  test('a bucket’s policy grants in addition, and its denials win; a simulation knows nothing of it', async () => {
    const other = 'arn:aws:s3:::other/1';
    const may = (action: string, resource: string) => world.iam.check(principal, action, resource).allowed;
    const statement = { Principal: { AWS: ROLE }, Action: 's3:GetObject' };
    await world.iam.putBucketPolicy('other', {
      Statement: { ...statement, Effect: 'Allow', Resource: 'arn:aws:s3:::other/*' },
    });
    expect([may('s3:GetObject', other), may('s3:PutObject', other)]).toEqual([true, false]);
    expect(await simulate(['s3:GetObject'], [other])).toEqual([['s3:GetObject', other, 'implicitDeny']]);
    const second = 'arn:aws:s3:::cur-bucket-2/1';
    expect(may('s3:GetObject', second)).toBe(true);
    await world.iam.putBucketPolicy('cur-bucket-2', {
      Statement: { ...statement, Effect: 'Deny', Resource: 'arn:aws:s3:::cur-bucket-2/*' },
    });
    expect(may('s3:GetObject', second)).toBe(false);
    expect(await simulate(['s3:GetObject'], [second])).toEqual([['s3:GetObject', second, 'allowed']]);
  });

  test('a session policy takes away, and never adds', () => {
    const session = (Action: string) => ({
      ...principal,
      sessionPolicy: JSON.stringify({ Statement: { Effect: 'Allow', Action, Resource: '*' } }),
    });
    expect(world.iam.check(session('s3:GetObject'), 's3:GetObject', OBJECT).allowed).toBe(true);
    expect(world.iam.check(session('s3:PutObject'), 's3:PutObject', OBJECT).reason).toMatch(
      /^no identity-based policy/,
    );
    expect(world.iam.check(session('s3:PutObject'), 's3:GetObject', OBJECT).reason).toMatch(
      /^no session policy/,
    );
  });

  test('conditions see who asks', async () => {
    const document = {
      Statement: {
        Effect: 'Allow',
        Action: 'x:Y',
        Resource: '*',
        Condition: { ArnLike: { 'aws:PrincipalArn': '*:assumed-role/*' } },
      },
    };
    await world.iam.putRolePolicy('cur-ingest-prod', 'conditional', document);
    expect(world.iam.check(principal, 'x:Y', '*').allowed).toBe(false);
    const like = {
      ...document.Statement,
      Condition: { StringLike: { 'aws:PrincipalArn': '*:assumed-role/*' } },
    };
    await world.iam.putRolePolicy('cur-ingest-prod', 'conditional', { Statement: like });
    expect(world.iam.check(principal, 'x:Y', '*').allowed).toBe(true);
  });
});

describe('roles', () => {
  test('survive a restart', () => {
    expect(new Iam(world).check(principal, 's3:GetObject', OBJECT).allowed).toBe(true);
  });

  test('with an unknown managed policy are refused; with one of the account they are not', async () => {
    const policyArn = 'arn:aws:iam::012345678901:policy/own';
    const role = { name: 'r', trust, managedPolicyArns: [policyArn] };
    await expect(world.iam.createRole(role)).rejects.toThrow(/does not know the content of managed policy/);
    await world.iam.createPolicy(policyArn, { Statement: { Effect: 'Allow', Action: 'x:Y', Resource: '*' } });
    await world.iam.createRole(role);
    expect(world.iam.check({ arn: 'arn:r', roleName: 'r' }, 'x:Y', '*').allowed).toBe(true);
  });
});

describe('a statement', () => {
  test('is taken away by its place, and the others stay', async () => {
    await world.iam.removeStatement('cur-ingest-prod', 'read', 1);
    expect(await simulate(['s3:GetObject', 's3:DeleteObject'], [OBJECT])).toEqual([
      ['s3:GetObject', OBJECT, 'allowed'],
      ['s3:DeleteObject', OBJECT, 'implicitDeny'],
    ]);
    await world.iam.removeStatement('cur-ingest-prod', 'read', 0);
    expect(await simulate(['s3:GetObject'], [OBJECT])).toEqual([['s3:GetObject', OBJECT, 'implicitDeny']]);
    await expect(world.iam.removeStatement('cur-ingest-prod', 'read', 0)).rejects.toThrow(
      'role cur-ingest-prod has no statement 0 in a policy "read"',
    );
  });

  test('is seen in use: by which of its actions and resources, and whether it alone allows', async () => {
    const document = {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:GetObject'],
          Resource: ['arn:aws:s3:::other/*', '*'],
        },
      ],
    };
    await world.iam.putRolePolicy('cur-ingest-prod', 'more', document);
    const seen: unknown[] = [];
    world.iam.watchUse((role, by) => seen.push([role, ...by]));
    world.iam.check(principal, 's3:GetObject', OBJECT);
    world.iam.check(principal, 's3:PutObject', 'arn:aws:s3:::other/1');
    world.iam.check(principal, 's3:DeleteObject', OBJECT);
    expect(seen).toEqual([
      [
        'cur-ingest-prod',
        { policy: 'read', statement: 0, actions: [0], resources: [0] },
        { policy: 'more', statement: 0, actions: [1], resources: [1] },
      ],
      ['cur-ingest-prod', { policy: 'more', statement: 0, actions: [0], resources: [0, 1] }],
    ]);
  });
});
