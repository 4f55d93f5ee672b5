import { AwsSolutionsChecks } from 'cdk-nag';
import { product } from '../../lib/product.ts';
import type { ResponderStack } from '../../lib/responder-stack.ts';
import { EVERY_OPTION } from '../../scripts/lint-template/every-option.ts';
import { StackUnderTest } from './stack-under-test.ts';

/** The real playbooks, with every option. */
let stack: ResponderStack;
// Validated by CloudFormation's own schemas on the way: it throws when it finds a fault.
beforeAll(async () => {
  const options = { product, config: EVERY_OPTION, validate: true };
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
