import { creationOrder } from '../../emulator/provision/creation-order.ts';
import { Template } from '../../emulator/provision/template-format.ts';
import { deployingRights } from '../../lib/deploying-rights.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

const MIGRATION = 'AWS::CloudFormation::CustomResource';
const network = {
  vpcId: 'vpc-0a1b2c3d',
  subnetIds: ['subnet-0a1b2c3d'],
  endpoints: true,
  routeTableIds: ['rtb-0a1b2c3d'],
  ledgerSecurityGroupId: 'sg-0a1b2c3d',
};
let stack: StackUnderTest;
/** Places in which CloudFormation may make or change them: only what it must wait for counts. */
let before: ReadonlySet<string>;
let migration: string;
beforeAll(async () => {
  stack = await StackUnderTest.of({ config: { ...sampleConfig, network } });
  [{ logicalId: migration } = { logicalId: '' }] = stack.all(MIGRATION);
  const { Resources } = Template.parse(stack.template);
  const { [migration]: one, ...others } = Resources;
  // First of all that the template allows: whatever comes before it, it waits for.
  const first = creationOrder({ Resources: { [migration]: one as NonNullable<typeof one>, ...others } });
  before = new Set(first.slice(0, first.indexOf(migration)));
});
const logicalIds = (type: string): string[] =>
  Object.entries(stack.template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));

it('a migration waits for its own function, its rights and its way to the ledger, to AWS and to its answer', () => {
  const ways = Object.entries(stack.template.Resources).flatMap(([id, one]) =>
    one.Type.startsWith('AWS::EC2::') && !('Condition' in one) ? [id] : [],
  );
  expect(ways.length).toBeGreaterThan(3);
  expect([...before]).toEqual(expect.arrayContaining(ways));
  const own = stack
    .all('AWS::Lambda::Function')
    .filter(({ logicalId }) => before.has(logicalId))
    .map(({ Properties }) => Properties['FunctionName']);
  expect(own).toEqual(['responder-migrate']);
  const policies = stack.all('AWS::IAM::Policy').filter(({ Properties }) => {
    return (Properties['Roles'] as string[]).includes('responder-migrate');
  });
  expect(policies.length).toBeGreaterThan(2);
  expect([...before]).toEqual(expect.arrayContaining(policies.map(({ logicalId }) => logicalId)));
});

it('every other function, version, alias, schedule and URL waits for the migration', () => {
  const { Resources } = Template.parse(stack.template);
  const functions = stack
    .all('AWS::Lambda::Function')
    .filter(({ Properties }) => Properties['FunctionName'] !== 'responder-migrate');
  expect(functions.length).toBeGreaterThan(8);
  for (const { logicalId } of functions) {
    const waiting = creationOrder({
      Resources: {
        [logicalId]: Resources[logicalId] as NonNullable<unknown>,
        ...Resources,
      } as typeof Resources,
    });
    expect([logicalId, waiting.slice(0, waiting.indexOf(logicalId))]).toEqual([
      logicalId,
      expect.arrayContaining([migration]),
    ]);
  }
  for (const type of ['Version', 'Alias', 'Url', 'Permission'])
    for (const one of logicalIds(`AWS::Lambda::${type}`)) expect(before).not.toContain(one);
});

it('runs again for other code and other settings alone, and no answer is waited for when the stack goes', () => {
  const [one] = stack.all(MIGRATION);
  const { Properties = {}, DeletionPolicy } = one ?? {};
  const fn = stack.named('AWS::Lambda::Function', 'responder-migrate');
  const text = JSON.stringify(Properties);
  expect(text).toContain((fn['Code'] as { S3Key: string }).S3Key);
  expect(text).toContain(JSON.stringify((fn['Environment'] as { Variables: object }).Variables).slice(1, -1));
  expect(DeletionPolicy).toBe('Retain');
  // Longer than the function may take.
  expect(Number(Properties['ServiceTimeout'])).toBeGreaterThan(Number(fn['Timeout']));
  expect(deployingRights([MIGRATION])).toContain('lambda:InvokeFunction');
});
