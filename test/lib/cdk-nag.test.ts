import { AwsSolutionsChecks } from 'cdk-nag';
import { product } from '../../lib/product.ts';
import { sampleConfig } from './sample-product.ts';
import { StackUnderTest } from './stack-under-test.ts';

/** Every option on: what only some deployments have is checked too. */
const everything = {
  ...sampleConfig,
  network: { subnetIds: ['subnet-0a1b2c3d'], securityGroupIds: ['sg-0a1b2c3d'] },
  encryptionKeys: ['arn:aws:kms:eu-west-1:111122223333:key/0f2b8c1d-7a3e-4c55-9d20-6b1f4e8a9c37'],
  subscriptions: { sre: ['sre@example.org', 'https://pager.example.org/in'] },
};

const findingsIn = async (config: unknown): Promise<string[]> => {
  const { synthesised } = await StackUnderTest.of({ product, config });
  const { violations } = new AwsSolutionsChecks(synthesised.app).validateScope(synthesised.stack);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
};

describe('the AWS Solutions rules', () => {
  it.each([
    ['the least configuration', sampleConfig],
    ['every option', everything],
  ])(
    'find nothing in the real stack with %s that is not acknowledged with a reason',
    async (_name, config) => {
      expect(await findingsIn(config)).toEqual([]);
    },
  );

  it('do look: an acknowledgement less is a finding more', async () => {
    const { synthesised } = await StackUnderTest.of({ product });
    const { stack } = synthesised;
    const record = stack.node.findChild('Record').node.findChild('Bucket');
    record.node.metadata.splice(0);
    Object.defineProperty(record.node, 'metadata', { value: [] });
    const { violations } = new AwsSolutionsChecks().validateScope(stack);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual(['AwsSolutions-S1']);
  });
});

describe('the synthesised example', () => {
  it('is refused by CloudFormation, with what to do', async () => {
    const example = { ledger: { ...sampleConfig.ledger, host: 'ledger.example.invalid' } };
    const { template } = await StackUnderTest.of({ config: example });
    expect(JSON.stringify(template.Rules['NotTheExample'])).toContain('cdk deploy -c responder=');
    const { template: real } = await StackUnderTest.of();
    expect(real.Rules['NotTheExample']).toBeUndefined();
  });

  it("has no warning and no error of ours, by CloudFormation's schemas too", async () => {
    const { synthesised } = await StackUnderTest.of({ product, config: everything, validate: true });
    const notes = synthesised.stack.node
      .findAll()
      .flatMap(({ node }) =>
        node.metadata.filter(({ type }) => ['aws:cdk:warning', 'aws:cdk:error'].includes(type)),
      );
    expect(notes).toEqual([]);
  });
});
