import { Duration } from 'aws-cdk-lib';
import { FilterOrPolicy, type ITopic, SubscriptionFilter } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, type SubscriptionProps } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmIn } from '../lambdas/domain/instance.ts';
import { readBackPermissions } from '../lambdas/intake/dispatcher/read-back.ts';
import { arnOf } from '../lambdas/platform/iam.ts';
import { DeadLetters } from './dead-letters.ts';
import { namesOf } from './names.ts';
import { starting } from './order-keys.ts';
import type { Product } from './product.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import type { Topics } from './topics.ts';

export interface DispatcherProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
  readonly product: Product;
}

/** Starts runs from alarms, by SNS, EventBridge or direct invocation. People invoke `Manual`. */
export class Dispatcher extends Construct {
  readonly function: ResponderFunction;

  constructor(scope: Construct, id: string, { topics, record, product, ...common }: DispatcherProps) {
    super(scope, id);
    const { settings, config } = common;
    const names = namesOf(settings.prefix);
    const lost =
      `Where the alarm still stands, the sweep starts its run within ${config.schedules.sweepMinutes} minutes. ` +
      'Read the message, then delete it: SQS moves back only what came from a queue.';
    const undispatched = new DeadLetters(this, 'Undispatched', {
      name: `${names.functions.dispatcher}-dead-letters`,
      meaning: `The dispatcher failed three times on an alarm or a message: it started no run. ${lost}`,
      sre: topics.sre,
    });
    const undelivered = new DeadLetters(this, 'Undelivered', {
      name: `${names.topics.alarms}-dead-letters`,
      meaning: `SNS could not hand an alarm to the dispatcher: it started no run. ${lost}`,
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
      'Describing composite alarms, and their history, needs permission for all alarms.',
    );
    const runner = `function:${names.functions.runner}`;
    this.function.may('order-key', [common.orderKeys.reading('alarms')]);
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

    const alarms = product.playbooks.flatMap((playbook) =>
      playbook.alarms.map(({ name }) => alarmIn(config, name)),
    );
    const subscribe = (topic: ITopic, filter?: Pick<SubscriptionProps, 'filterPolicyWithMessageBody'>) => {
      topic.addSubscription(
        new LambdaSubscription(this.function.lambda, { deadLetterQueue: undelivered.queue, ...filter }),
      );
    };
    subscribe(topics.alarms, config.alarms.topic === undefined ? undefined : only(alarms));
    for (const topic of topics.others) subscribe(topic, only(alarms));
  }
}

/** A topic of the account carries other messages, too: they are not for us, and SRE need not hear of them. */
const only = (names: readonly string[]): Pick<SubscriptionProps, 'filterPolicyWithMessageBody'> => ({
  filterPolicyWithMessageBody: {
    AlarmName: FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: [...names] })),
  },
});
