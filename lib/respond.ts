import { Duration } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { arnOf } from '../lambdas/platform/iam.ts';
import { RUN_KEYS } from '../lambdas/platform/order.ts';
import { inRegion, namesOf } from './names.ts';
import { starting } from './order-keys.ts';
import type { Anchor } from './anchor.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import { waking } from './waking.ts';
import type { Topics } from './topics.ts';

export interface RespondProps extends Common {
  readonly record: RecordBucket;
  readonly topics: Topics;
  readonly anchor: Anchor;
}

/**
 * People's commands. They arrive through a URL with IAM, because a plain invoke does not say who calls. Only holders of
 * the managed policy may use it: attach it to people's users and roles.
 */
export class Respond extends Construct {
  readonly function: ResponderFunction;
  readonly url: string;

  constructor(scope: Construct, id: string, { record, topics, anchor, ...common }: RespondProps) {
    super(scope, id);
    this.function = new ResponderFunction(this, 'Respond', {
      ...common,
      name: 'respond',
      description: 'Answers people whose identity is proven: approve, pause, resume, undo and others',
      timeout: Duration.seconds(30),
      memoryMb: 512,
      retries: 0,
    });
    const { settings } = common;
    const names = namesOf(settings.prefix);
    // `retry` reads what a run was ordered to do that never came into the record, by any door.
    this.function.may('order-key', [common.orderKeys.reading(...RUN_KEYS)]);
    this.function.may(
      'start-runs',
      starting(settings.runner, settings.rehearser),
      'An execution’s ARN begins with its function’s.',
    );
    this.function.may(
      'wake-runs',
      [
        {
          actions: ['lambda:SendDurableExecutionCallbackSuccess'],
          resources: [arnOf(settings, 'lambda', `function:${names.functions.runner}:*`)],
        },
      ],
      'A callback’s execution has an ARN that begins with the runner’s.',
    );
    this.function.may(
      'wake-escalations',
      [waking(settings)],
      'An execution’s ARN begins with its function’s.',
    );
    this.function.may('anchor', [anchor.asking()]);
    this.function.may('announce-orders', topics.publishing(topics.sre, topics.finops));
    this.function.may(
      'postmortems',
      [record.writing('ops/postmortems'), ...record.reading('ops/postmortems', 'ops/reports')],
      'Objects under prefixes of its own.',
    );
    const { lambda } = this.function;
    this.url = new FunctionUrl(this, 'Url', {
      function: lambda,
      authType: FunctionUrlAuthType.AWS_IAM,
    }).url;
    // AWS requires both since October 2025. Without its condition the second would allow a direct invoke.
    new ManagedPolicy(this, 'People', {
      managedPolicyName: inRegion(names.peoplesPolicy, settings),
      description: 'May command the responder, only through the URL of its function',
      statements: [
        new PolicyStatement({
          actions: ['lambda:InvokeFunctionUrl'],
          resources: [lambda.functionArn],
          conditions: { StringEquals: { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType.AWS_IAM } },
        }),
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [lambda.functionArn],
          conditions: { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
        }),
      ],
    });
  }
}
