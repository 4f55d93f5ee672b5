import { Duration } from 'aws-cdk-lib';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { readBackPermissions } from '../lambdas/intake/dispatcher/read-back.ts';
import { arnOf } from '../lambdas/platform/iam.ts';
import { DeadLetters } from './dead-letters.ts';
import { namesOf } from './names.ts';
import { starting } from './order-key.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import type { Topics } from './topics.ts';

export interface DispatcherProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
}

/** Starts runs from alarms, by SNS, EventBridge or direct invocation. People invoke `Manual`. */
export class Dispatcher extends Construct {
  readonly function: ResponderFunction;

  constructor(scope: Construct, id: string, { topics, record, ...common }: DispatcherProps) {
    super(scope, id);
    const { settings } = common;
    const names = namesOf(settings.prefix);
    const undispatched = new DeadLetters(this, 'Undispatched', {
      name: `${names.functions.dispatcher}-dead-letters`,
      meaning:
        'The dispatcher failed three times on an alarm or a message: no run was started. Read it, then redrive.',
      sre: topics.sre,
    });
    const undelivered = new DeadLetters(this, 'Undelivered', {
      name: `${names.topics.alarms}-dead-letters`,
      meaning: 'SNS could not hand an alarm to the dispatcher: no run was started. Read it, then redrive.',
      sre: topics.sre,
    });
    this.function = new ResponderFunction(this, 'Dispatcher', {
      ...common,
      name: 'dispatcher',
      ledger: false,
      description: 'Starts one run for each alarm that CloudWatch confirms',
      timeout: Duration.seconds(30),
      retries: 2,
      deadLetters: undispatched.queue,
    });
    this.function.may(
      'read-back',
      readBackPermissions(settings),
      'Describing composite alarms needs permission for all alarms; any alarm of ours may be claimed.',
    );
    const runner = `function:${names.functions.runner}`;
    this.function.may('order-key', [common.orderKey.reading()]);
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
          resources: [arnOf(settings, 'lambda', `${runner}:*`)],
        },
      ],
      'A callback’s execution has an ARN that begins with the runner’s.',
    );
    this.function.may(
      'keep',
      [
        record.writing('unrecognised'),
        ...record.reading('unrecognised', 'waiting'),
        record.removing('waiting'),
      ],
      'Objects under prefixes of its own.',
    );
    this.function.may('tell', topics.publishing(topics.sre));
    topics.alarms.addSubscription(
      new LambdaSubscription(this.function.lambda, { deadLetterQueue: undelivered.queue }),
    );
  }
}
