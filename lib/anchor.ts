import { Duration, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { AnchorBucket } from './anchor-bucket.ts';
import { removalPolicyOf } from './removal-policy.ts';
import { type Common, ResponderFunction } from './responder-function.ts';

/**
 * Anchors the audit, and signs what it anchors: the only function that may write to the anchors' bucket or read the key.
 * Its ledger login only reads.
 */
export class Anchor extends Construct {
  readonly function: ResponderFunction;

  constructor(
    scope: Construct,
    id: string,
    { anchors, ...common }: Common & { readonly anchors: AnchorBucket },
  ) {
    super(scope, id);
    const key = new Secret(this, 'Key', {
      secretName: common.settings.anchorKey,
      description: 'Commercial-Ops responder: signs the anchors of the audit',
      generateSecretString: { passwordLength: 64 },
      removalPolicy: removalPolicyOf(common.config),
    });
    Validations.of(key).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A person replaces it by "<new key> <key before>": the key before signs the new one, so that anchors can be ' +
        'verified across the change. A schedule would drop the key before.',
    });
    this.function = new ResponderFunction(this, 'Anchor', {
      ...common,
      name: 'anchor',
      description: 'Anchors the audit: signs the heads of its chains and puts them under Object Lock',
      timeout: Duration.seconds(30),
      retries: 0,
    });
    this.function.may('sign', [{ actions: ['secretsmanager:GetSecretValue'], resources: [key.secretArn] }]);
    this.function.may('anchor', anchors.anchoring(), 'Objects under prefixes of its own.');
  }

  /** Lets a function ask for an anchor. */
  asking(): IamStatement {
    return { actions: ['lambda:InvokeFunction'], resources: [this.function.lambda.functionArn] };
  }
}
