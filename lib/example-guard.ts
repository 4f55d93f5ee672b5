import { CfnRule, Fn, type Stack } from 'aws-cdk-lib';
import type { Deployment } from './config.ts';

/** Names under `.invalid` exist nowhere (RFC 2606): the mark of an example. */
const EXAMPLE = /\.invalid$/;

/**
 * A fresh clone synthesises the example's configuration, and must: it is how one looks around. Deployed, it would
 * be a responder that reaches no ledger; so CloudFormation refuses it before it makes anything.
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
