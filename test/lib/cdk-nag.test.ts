import { AwsSolutionsChecks } from 'cdk-nag';
import { product } from '../../lib/product.ts';
import type { ResponderStack } from '../../lib/responder-stack.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

/** The real playbooks, and every option on: what only some deployments have is checked too. */
const everything = {
  ...sampleConfig,
  network: {
    vpcId: 'vpc-0a1b2c3d',
    subnetIds: ['subnet-0a1b2c3d'],
    endpoints: true,
    routeTableIds: ['rtb-0a1b2c3d'],
  },
  publishers: [{ service: 'events.amazonaws.com' }, { account: '222233334444' }],
  encryptionKeys: ['arn:aws:kms:eu-west-1:111122223333:key/0f2b8c1d-7a3e-4c55-9d20-6b1f4e8a9c37'],
  subscriptions: { sre: ['sre@example.org', 'https://pager.example.org/in'] },
};

let stack: ResponderStack;
// Validated by CloudFormation's own schemas on the way: it throws when it finds a fault.
beforeAll(async () => {
  const options = { product, config: everything, validate: true };
  stack = (await StackUnderTest.of(options)).synthesised.stack;
});

const findings = (): string[] =>
  new AwsSolutionsChecks()
    .validateScope(stack)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    );

describe('the real stack', () => {
  it('prints nothing: no remark, no warning, no error of ours', () => {
    const notes = stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => /^aws:cdk:(info|warning|error)/.test(type)));
    expect(notes).toEqual([]);
  });

  it('has no finding of the AWS Solutions rules that is not acknowledged with a reason', () => {
    expect(findings()).toEqual([]);
  });

  it('is really looked at: without its acknowledgement there is a finding', () => {
    const { node } = stack.node.findChild('Record').node.findChild('Bucket');
    Object.defineProperty(node, 'metadata', { value: [] });
    expect(findings()).toEqual(['AwsSolutions-S1 at commercial-ops-responder/Record/Bucket/Resource']);
  });
});
