import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Network, type Subnet } from '../../aws/network.ts';
import { Credentials } from '../../kernel/credentials.ts';
import { Faults } from '../../kernel/faults.ts';
import { arn } from '../../kernel/places.ts';
import { definitionsOf } from '../../services.ts';
import { createWire, listenOnLoopback } from '../../wire/server.ts';
import { startServices } from '../provision/services.ts';
import { memoryStore } from '../support/memory-store.ts';

const vpcId = 'vpc-1';
const FUNCTIONS = 'sg-functions';
const ENDPOINTS = 'sg-endpoints';
const EVERYWHERE = '0.0.0.0/0';
const placement = { subnetIds: ['a', 'b'], securityGroupIds: [FUNCTIONS] };
const rule = (port: number, peer: string) => ({ port, peer });

/** A VPC of two subnets, and groups that let functions reach endpoints. */
async function makeVpc(
  network: Network,
  {
    defaultRoute = 'none',
    egress = [rule(443, EVERYWHERE)],
    ingress = [rule(443, FUNCTIONS)],
  }: {
    defaultRoute?: Subnet['defaultRoute'];
    egress?: ReturnType<typeof rule>[];
    ingress?: ReturnType<typeof rule>[];
  } = {},
): Promise<void> {
  for (const id of ['a', 'b'])
    await network.createSubnet({ id, vpcId, routeTableId: `rtb-${id}`, defaultRoute });
  await network.createGroup({ id: FUNCTIONS, name: FUNCTIONS, vpcId, egress, ingress: [] });
  await network.createGroup({ id: ENDPOINTS, name: ENDPOINTS, vpcId, egress: [], ingress });
}
const toSqs = {
  vpcId,
  serviceName: 'com.amazonaws.us-east-1.sqs',
  by: { subnetIds: ['a', 'b'], securityGroupIds: [ENDPOINTS], privateDns: true },
} as const;
const toS3 = (...routeTableIds: string[]) => ({
  vpcId,
  serviceName: 'com.amazonaws.us-east-1.s3',
  by: { routeTableIds },
});

type Step = (network: Network) => Promise<unknown>;
const vpc =
  (change?: Parameters<typeof makeVpc>[1]): Step =>
  (network) =>
    makeVpc(network, change);
const endpoint =
  (what: Parameters<Network['createEndpoint']>[1]): Step =>
  (network) =>
    network.createEndpoint('one', what);

test.each<readonly [string, string, readonly Step[], RegExp | undefined]>([
  ['nothing made', 'sqs', [vpc()], /subnet a has no endpoint of sqs and no NAT gateway/],
  ['an endpoint', 'sqs', [vpc(), endpoint(toSqs)], undefined],
  ['an endpoint of another service', 'sns', [vpc(), endpoint(toSqs)], /no endpoint of sns/],
  [
    'an endpoint under a name of its own',
    'sqs',
    [vpc(), endpoint({ ...toSqs, by: { ...toSqs.by, privateDns: false } })],
    /no endpoint of sqs/,
  ],
  ['a NAT gateway', 'sqs', [vpc({ defaultRoute: 'nat-gateway' })], undefined],
  ['an internet gateway', 'sqs', [vpc({ defaultRoute: 'internet-gateway' })], /no NAT gateway/],
  [
    'groups that let nothing out',
    'sqs',
    [vpc({ egress: [rule(5432, EVERYWHERE)] }), endpoint(toSqs)],
    /let nothing out to sqs, port 443/,
  ],
  [
    'NAT, and groups that let nothing out',
    'sqs',
    [vpc({ defaultRoute: 'nat-gateway', egress: [] })],
    /let nothing out/,
  ],
  [
    'an endpoint that lets others in',
    'sqs',
    [vpc({ ingress: [rule(443, 'sg-others')] }), endpoint(toSqs)],
    /do not let the function in/,
  ],
  [
    'a way out to the endpoint alone',
    'sqs',
    [vpc({ egress: [rule(443, ENDPOINTS)] }), endpoint(toSqs)],
    undefined,
  ],
  ['a route to S3', 's3', [vpc(), endpoint(toS3('rtb-a', 'rtb-b'))], undefined],
  ['a route to S3 from one subnet', 's3', [vpc(), endpoint(toS3('rtb-a'))], /subnet b has no endpoint of s3/],
])('with %s, a function calls %s', async (_what, service, steps, why) => {
  const network = new Network({ store: memoryStore() });
  for (const step of steps) await step(network);
  const found = network.noWay({ placement }, service);
  if (why) expect(found).toMatch(why);
  else expect(found).toBeUndefined();
  // Outside any VPC there is always a way.
  expect(network.noWay({}, service)).toBeUndefined();
});

test('what is missing or elsewhere is refused, as is a second endpoint under one name', async () => {
  const network = new Network({ store: memoryStore() });
  await makeVpc(network);
  await network.createSubnet({ id: 'far', vpcId: 'vpc-2', routeTableId: 'r', defaultRoute: 'none' });
  expect(() => network.checkPlacement({ ...placement, subnetIds: ['none'] })).toThrow(/subnet ID 'none'/);
  expect(() => network.checkPlacement({ ...placement, securityGroupIds: ['none'] })).toThrow(/'none'/);
  expect(() => network.checkPlacement({ ...placement, subnetIds: ['far'] })).toThrow(/not in one VPC/);
  await network.createEndpoint('one', toSqs);
  await network.createEndpoint('one', toSqs);
  await expect(network.createEndpoint('two', toSqs)).rejects.toThrow(/conflicting DNS domain/);
  const unknown = { ...toSqs, serviceName: 'com.amazonaws.eu-west-1.sqs' };
  await expect(network.createEndpoint('far', unknown)).rejects.toThrow(/does not exist/);
});

test('on the wire, a call that has no way is cut off, and one that has is answered', async () => {
  const services = startServices();
  const credentials = new Credentials();
  const { clock, iam, network } = services;
  const refused: string[] = [];
  const wire = createWire({
    services: definitionsOf(services),
    clock,
    credentials,
    iam,
    network,
    faults: new Faults(),
    onCall: ({ service, error }) => error && refused.push(`${service}: ${error.message}`),
  });
  const endpointUrl = await listenOnLoopback(wire);
  await makeVpc(network);
  await iam.createRole({
    name: 'in',
    arn: arn('iam', 'role/in'),
    trust: { Version: '2012-10-17', Statement: [] },
    policies: [],
    managedPolicyArns: [],
  });
  const key = credentials.issue({ arn: arn('sts', 'assumed-role/in/vpc'), roleName: 'in', placement });
  const sts = new STSClient({ endpoint: endpointUrl, region: 'us-east-1', maxAttempts: 1, credentials: key });
  try {
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(refused).toEqual([expect.stringMatching(/^sts: the network has no way for it: subnet a/)]);
    await network.createEndpoint('sts', { ...toSqs, serviceName: 'com.amazonaws.us-east-1.sts' });
    await expect(sts.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: '012345678901',
    });
  } finally {
    sts.destroy();
    wire.closeAllConnections();
    wire.close();
    await services.stop();
  }
});

test('a stack places its function, whose role needs the rights, beside its own endpoint', async () => {
  const services = startServices();
  try {
    await makeVpc(services.network);
    const hash = 'a'.repeat(64);
    const statement = { Effect: 'Allow', Resource: '*' };
    const template = (actions: readonly string[]) => ({
      Resources: {
        Role: {
          Type: 'AWS::IAM::Role',
          Properties: {
            RoleName: 'placed',
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
              ],
            },
            Policies: [
              {
                PolicyName: 'network',
                PolicyDocument: { Version: '2012-10-17', Statement: [{ ...statement, Action: actions }] },
              },
            ],
          },
        },
        Group: {
          Type: 'AWS::EC2::SecurityGroup',
          Properties: {
            GroupDescription: 'g',
            VpcId: vpcId,
            SecurityGroupEgress: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: EVERYWHERE }],
          },
        },
        Sqs: {
          Type: 'AWS::EC2::VPCEndpoint',
          Properties: {
            VpcEndpointType: 'Interface',
            VpcId: vpcId,
            ServiceName: toSqs.serviceName,
            SubnetIds: ['a'],
            SecurityGroupIds: [ENDPOINTS],
            PrivateDnsEnabled: true,
          },
        },
        Function: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'placed',
            Handler: 'plain.echo',
            Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Code: { S3Bucket: 'assets', S3Key: `${hash}.zip` },
            Runtime: 'nodejs24.x',
            Timeout: 3,
            MemorySize: 128,
            VpcConfig: { SubnetIds: ['a', 'b'], SecurityGroupIds: [{ 'Fn::GetAtt': ['Group', 'GroupId'] }] },
          },
        },
      },
    });
    const provision = (actions: readonly string[]) =>
      services.provisioner.provision({
        stackName: 'vpc',
        template: template(actions),
        assets: new Map([[hash, '/code']]),
      });
    const rights = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces'];
    await expect(provision(rights)).rejects.toThrow(/permissions to call DeleteNetworkInterface on EC2/);
    await provision([...rights, 'ec2:DeleteNetworkInterface']);
    const { fn } = services.lambda.functions.resolve('placed');
    expect(fn.vpc?.subnetIds).toEqual(['a', 'b']);
    const there = { placement: fn.vpc ?? placement };
    expect(services.network.noWay(there, 'sqs')).toMatch(/do not let the function in/);
    expect(services.network.noWay(there, 'sns')).toMatch(/no endpoint of sns/);
  } finally {
    await services.stop();
  }
});
