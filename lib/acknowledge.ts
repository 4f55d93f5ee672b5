import { Duration, Validations } from 'aws-cdk-lib';
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import type { Anchor } from './anchor.ts';
import { waking } from './waking.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import { removalPolicyOf } from './removal-policy.ts';

/**
 * The page behind the links in messages, and the key that signs them. Its URL is public on purpose: people on call
 * have no AWS credentials on their telephone. The link's token is the proof, and the function can only acknowledge
 * the incident that a valid token names.
 */
export class Acknowledge extends Construct {
  readonly function: ResponderFunction;
  readonly url: string;
  private readonly key: Secret;

  constructor(scope: Construct, id: string, { anchor, ...common }: Common & { readonly anchor: Anchor }) {
    super(scope, id);
    this.key = new Secret(this, 'Key', {
      secretName: common.settings.linkKey,
      description: 'Commercial-Ops responder: signs the links that acknowledge an incident',
      generateSecretString: { passwordLength: 64 },
      removalPolicy: removalPolicyOf(common.config),
    });
    Validations.of(this.key).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Rotating the key would invalidate every link in use, in the middle of an incident. It is generated, read by ' +
        'four functions, and its links expire within days. Replace it when you suspect that it has leaked.',
    });
    this.function = new ResponderFunction(this, 'Acknowledge', {
      ...common,
      name: 'acknowledge',
      description: 'Shows an incident with one button to acknowledge it',
      timeout: Duration.seconds(20),
      memoryMb: 512,
      retries: 0,
    });
    const { settings } = common;
    this.function.may('anchor', [anchor.asking()]);
    this.function.may('check-links', [this.readingKey()]);
    this.function.may(
      'wake-escalations',
      [waking(settings)],
      'An execution’s ARN begins with its function’s.',
    );
    // The CDK adds both permissions that AWS requires since October 2025; the second is limited to calls through the URL.
    this.url = new FunctionUrl(this, 'Url', {
      function: this.function.lambda,
      authType: FunctionUrlAuthType.NONE,
    }).url;
  }

  /** Settings of a function that writes messages with links. */
  get address(): Readonly<Record<string, string>> {
    return { ACKNOWLEDGE_URL: this.url };
  }

  /** Lets a function sign or verify links. */
  readingKey(): IamStatement {
    return { actions: ['secretsmanager:GetSecretValue'], resources: [this.key.secretArn] };
  }
}
