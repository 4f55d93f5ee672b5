import { CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import type { Deployment } from './config.ts';

/** Names under `.invalid` exist nowhere (RFC 2606): the mark of an example. */
const EXAMPLE = /\.invalid$/;

/**
 * A fresh clone must synthesise the example's configuration, so that people can look around. Deployed, it would reach
 * no ledger, so CloudFormation refuses it before it creates anything.
 */
export function refuseDeploymentOfExample(stack: Stack, { ledger }: Deployment): void {
  if (!EXAMPLE.test(ledger.host)) return;
  new CfnRule(stack, 'NotTheExample', {
    assertions: [
      {
        assert: Fn.conditionEquals(ledger.host, 'the host of your ledger'),
        assertDescription:
          `The ledger's host is the example's, ${ledger.host}. ` +
          'Put your own into the context "responder" of cdk.json, or into a file: cdk deploy -c responder=my.json',
      },
    ],
  });
}
