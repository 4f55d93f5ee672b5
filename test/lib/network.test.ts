import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../../lambdas/platform/checked.ts';
import { readConfig } from '../../lib/config.ts';
import { endpointsFor } from '../../lib/endpoint-services.ts';
import { NAMES } from '../../lib/names.ts';
import { product } from '../../lib/product.ts';
import { having } from '../../emulator/test/support/matching.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

const subnetIds = ['subnet-0a1b2c3d', 'subnet-4e5f6a7b'];
const vpcId = 'vpc-0a1b2c3d';
const routeTableIds = ['rtb-0a1b2c3d'];
const ledgerSecurityGroupId = 'sg-9a8b7c6d';
const withNetwork = (network: object, more: object = {}): Promise<StackUnderTest> =>
  StackUnderTest.of({ config: { ...sampleConfig, network }, ...more });
const placedIn = (stack: StackUnderTest): Record<string, unknown> =>
  Object.fromEntries(
    stack
      .all('AWS::Lambda::Function')
      .map(({ Properties }) => [String(Properties['FunctionName']), Properties['VpcConfig']]),
  );

it('only functions that log in to the ledger run in its network, in groups that are given', async () => {
  const securityGroupIds = ['sg-0a1b2c3d'];
  const stack = await withNetwork({ subnetIds, securityGroupIds });
  const place = { SubnetIds: subnetIds, SecurityGroupIds: securityGroupIds };
  const { dispatcher, ...others } = NAMES.functions;
  expect(placedIn(stack)).toEqual({
    ...Object.fromEntries(Object.values(others).map((name) => [name, place])),
    [dispatcher]: undefined,
  });
  expect(stack.actionsOf(dispatcher)).not.toContain('ec2:CreateNetworkInterface');
  expect(stack.all('AWS::EC2::SecurityGroup')).toEqual([]);
  expect(stack.all('AWS::EC2::VPCEndpoint')).toEqual([]);
  // Lambda makes the interfaces by the function's role, whose code may not.
  for (const name of Object.values(others)) {
    const statements = stack.permissionsOf(name);
    const allowed = statements.find(
      ({ Effect, Action }) => Effect === 'Allow' && Action.includes('ec2:CreateNetworkInterface'),
    );
    expect(statements.filter(({ Effect }) => Effect === 'Deny')).toEqual([
      having({
        Action: allowed?.Action,
        Condition: {
          ArnEquals: { 'lambda:SourceFunctionArn': `arn:aws:lambda:eu-west-1:111122223333:function:${name}` },
        },
      }),
    ]);
  }
});

it('makes a security group where none is given: out to AWS and to the ledger, which lets it in, and in for nobody', async () => {
  const stack = await withNetwork({ subnetIds, vpcId, ledgerSecurityGroupId });
  const [group, ...others] = stack.all('AWS::EC2::SecurityGroup');
  expect(others).toEqual([]);
  expect(group?.Properties).toMatchObject({
    VpcId: vpcId,
    SecurityGroupEgress: [
      { FromPort: 443, ToPort: 443, IpProtocol: 'tcp' },
      { FromPort: 5432, ToPort: 5432, IpProtocol: 'tcp' },
    ],
  });
  expect(group?.Properties).not.toHaveProperty('SecurityGroupIngress');
  expect(placedIn(stack)['responder-runner']).toEqual({
    SubnetIds: subnetIds,
    SecurityGroupIds: [`${group?.logicalId}.GroupId`],
  });
  expect(stack.all('AWS::EC2::SecurityGroupIngress')).toEqual([
    having({
      Properties: having({
        GroupId: ledgerSecurityGroupId,
        SourceSecurityGroupId: `${group?.logicalId}.GroupId`,
        FromPort: 5432,
        ToPort: 5432,
      }),
    }),
  ]);
});

describe('endpoints', () => {
  let stack: StackUnderTest;
  beforeAll(async () => {
    // With the rights of the real playbooks.
    stack = await withNetwork(
      { subnetIds, vpcId, ledgerSecurityGroupId, endpoints: true, routeTableIds },
      { product },
    );
  });
  const made = () => stack.all('AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties);

  it('are made for each service that the code has a client of, and for no other', () => {
    const clients = readFileSync(resolve(import.meta.dirname, '../../lambdas/platform/aws.ts'), 'utf8');
    const called = [...clients.matchAll(/@aws-sdk\/client-([\w-]+)/g)].map(([, name = '']) => name);
    const ENDPOINTS: Readonly<Record<string, string>> = {
      'auto-scaling': 'autoscaling',
      cloudwatch: 'monitoring',
      'cloudwatch-logs': 'logs',
      'secrets-manager': 'secretsmanager',
    };
    const wanted = [...new Set(called)].map((name) => ENDPOINTS[name] ?? name);
    expect(wanted).toContain('athena');
    const names = made().map((one) => String(one['ServiceName']).split('.').at(-1));
    expect(names.sort()).toEqual(wanted.sort());
    expect(names).toContain('lambda');
  });

  it('answer under the usual names, to the functions alone; S3 is a route, and IAM is in one Region', () => {
    const group = stack
      .all('AWS::EC2::SecurityGroup')
      .find(({ Properties }) => Properties['SecurityGroupIngress']);
    const functions = (placedIn(stack)['responder-runner'] as { SecurityGroupIds: string[] })
      .SecurityGroupIds;
    expect(group?.Properties['SecurityGroupIngress']).toEqual(
      functions.map((SourceSecurityGroupId) => having({ FromPort: 443, ToPort: 443, SourceSecurityGroupId })),
    );
    for (const endpoint of made().filter((one) => one['VpcEndpointType'] === 'Interface'))
      expect(endpoint).toMatchObject({
        VpcId: vpcId,
        SubnetIds: subnetIds,
        PrivateDnsEnabled: true,
        SecurityGroupIds: [`${group?.logicalId}.GroupId`],
      });
    expect(made().filter((one) => one['VpcEndpointType'] === 'Gateway')).toEqual([
      having({ ServiceName: 'com.amazonaws.eu-west-1.s3', RouteTableIds: routeTableIds }),
    ]);
    const conditions = Object.values(stack.template.Resources).filter((one) => 'Condition' in one);
    expect(conditions.map(({ Properties }) => Properties['ServiceName'])).toEqual(['com.amazonaws.iam']);
  });
});

it('a service without a known endpoint is refused: its calls would hang', () => {
  expect(() => endpointsFor(['s3:GetObject', 'dynamodb:Query'])).toThrow(/dynamodb.*endpoint-services\.ts/);
  expect(endpointsFor(['kms:Decrypt', 'rds-db:connect', 'ec2:DescribeSubnets'])).toEqual({
    interfaces: [],
    global: [],
  });
});

test.each<readonly [string, object, RegExp]>([
  ['no group, and no VPC to make it in', { subnetIds }, /"vpcId", in which the stack makes one/],
  [
    'a group that the ledger does not let in',
    { subnetIds, vpcId },
    /migrations run during the deployment.*→ at network\.ledgerSecurityGroupId/s,
  ],
  [
    'endpoints in no VPC',
    { subnetIds, securityGroupIds: ['sg-0a1b2c3d'], endpoints: true, routeTableIds },
    /→ at network\.vpcId/,
  ],
  [
    'endpoints without a route',
    { subnetIds, vpcId, endpoints: true },
    /the endpoint of S3 is a route in them/,
  ],
  ['routes for nothing', { subnetIds, vpcId, routeTableIds }, /none without "endpoints": true/],
  ['a subnet by its name', { subnetIds: ['private-a'], vpcId }, /an id such as "subnet-0a1b2c3d/],
])('the configuration refuses %s, and says what is wanted', (_what, network, complaint) => {
  const read = () => readConfig({ ...sampleConfig, network });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(complaint);
});

it('a playbook may be off, which its functions read; one that there is not is a mistake', async () => {
  const stack = await StackUnderTest.of({
    config: { ...sampleConfig, playbooks: { 'quota-reached': 'off' } },
  });
  const file = readFileSync(join(stack.synthesised.assetDir, 'deployment.json'), 'utf8');
  expect(JSON.parse(file)).toMatchObject({ playbooks: { 'quota-reached': 'off' } });
  for (const playbooks of [{ 'quota-reachd': 'off' }, { 'quota-reached': 'of' }])
    expect(() => readConfig({ ...sampleConfig, playbooks })).toThrow(/→ at playbooks/);
});

it('without the page there is no public URL, no key, no alarm and no setting of it', async () => {
  const stack = await StackUnderTest.of({ config: { ...sampleConfig, acknowledge: false } });
  expect(stack.all('AWS::Lambda::Url').map(({ Properties }) => Properties['AuthType'])).toEqual(['AWS_IAM']);
  const permitted = stack.all('AWS::Lambda::Permission').map(({ Properties }) => Properties['Principal']);
  expect(permitted).not.toContain('*');
  const { Resources } = stack.template;
  const text = JSON.stringify(Resources);
  expect(text).not.toMatch(/ACKNOWLEDGE_URL|responder-acknowledge|signs the links/);
  expect(placedIn(stack)).not.toHaveProperty('responder-acknowledge');
});
