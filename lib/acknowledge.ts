import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IamStatement } from '../lambdas/platform/iam.ts';
import { waking } from './waking.ts';
import { NAMES } from './names.ts';
import { type Common, ResponderFunction } from './responder-function.ts';

/** Whoever asks more often at once is turned away: nobody else's functions are starved by it, nor is the ledger. */
const CONCURRENCY = 5;

/**
 * The page behind the links in messages, and the key that signs them. Its URL is open to the world on purpose: the
 * link's token is the proof, people on call have no AWS credentials in their telephone, and the function can do no more than
 * acknowledge what a good token names.
 */
export class Acknowledge extends Construct {
  readonly function: ResponderFunction;
  readonly url: string;
  private readonly key: Secret;

  constructor(scope: Construct, id: string, common: Common) {
    super(scope, id);
    this.key = new Secret(this, 'Key', {
      secretName: NAMES.linkKey,
      description: 'Commercial-Ops responder: signs the links that acknowledge an incident',
      generateSecretString: { passwordLength: 64 },
      removalPolicy: common.config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    Validations.of(this.key).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'A new key voids every link that people hold, in the middle of an incident. It is generated, is read by four ' +
        'functions, and its links expire within days; whoever suspects it to be known puts a new one.',
    });
    this.function = new ResponderFunction(this, 'Acknowledge', {
      ...common,
      name: 'acknowledge',
      description: 'The page behind a link to acknowledge: shows the incident, and one button',
      timeout: Duration.seconds(20),
      memoryMb: 512,
      retries: 0,
      concurrency: CONCURRENCY,
    });
    const { settings } = common;
    this.function.may('check-links', [this.readingKey()]);
    this.function.may(
      'wake-escalations',
      [waking(settings)],
      'An execution’s ARN begins with its function’s.',
    );
    // The CDK adds both permissions that AWS asks for since October 2025; the second holds only for calls by the URL.
    this.url = new FunctionUrl(this, 'Url', {
      function: this.function.lambda,
      authType: FunctionUrlAuthType.NONE,
    }).url;
  }

  /** What a function that writes messages is told. */
  get address(): Readonly<Record<string, string>> {
    return { ACKNOWLEDGE_URL: this.url };
  }

  /** For whoever makes links, or checks them. */
  readingKey(): IamStatement {
    return { actions: ['secretsmanager:GetSecretValue'], resources: [this.key.secretArn] };
  }
}
