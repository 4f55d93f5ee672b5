import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { verifyPermissions } from '../lambdas/engine/verify.ts';
import { alarmNowPermissions } from '../lambdas/platform/alarm-now.ts';
import { arnOf, type IamStatement } from '../lambdas/platform/iam.ts';
import { ORDER_KEYS } from '../lambdas/platform/order.ts';
import type { Settings } from '../lambdas/platform/settings.ts';
import type { Acknowledge } from './acknowledge.ts';
import type { Anchor } from './anchor.ts';
import { DeadLetters } from './dead-letters.ts';
import { calling } from './escalation.ts';
import { NAMES, namesOf } from './names.ts';
import type { Product } from './product.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import type { Topics } from './topics.ts';

export interface DurableRunnerProps extends Common {
  readonly name: 'runner' | 'rehearser';
  readonly description: string;
  readonly record: RecordBucket;
  readonly product: Product;
  readonly environment?: Readonly<Record<string, string>>;
  /** Created as a part of the runner. */
  readonly deadLetters?: (runner: Construct) => DeadLetters;
}

/**
 * The durable function that executes runs, under a role that only reads and keeps the record. It is started through the
 * alias `live` only, under a name that makes a second start a no-op.
 */
abstract class DurableRunner extends Construct {
  readonly function: ResponderFunction;
  readonly live: Alias;

  constructor(scope: Construct, id: string, { record, product, deadLetters, ...props }: DurableRunnerProps) {
    super(scope, id);
    const { settings, config, name } = props;
    this.function = new ResponderFunction(this, 'Runner', {
      ...props,
      handler: 'runner',
      // For one invocation between two waits: the longest step is an Athena query.
      timeout: Duration.minutes(5),
      memoryMb: 1024,
      retries: 2,
      ...(deadLetters && { deadLetters: deadLetters(this).queue }),
      durable: {
        executionTimeout: Duration.days(config.runDays),
        // For troubleshooting a run's operations; the record itself is in the ledger.
        retentionPeriod: Duration.days(14),
      },
    });
    Annotations.of(this.function.lambda).acknowledgeInfo(
      'aws-lambda:Function.DurableConfig',
      'It is durable since its first deployment: there is nothing to replace.',
    );
    // What the sweep orders is never a rehearsal, and a rehearsal calls nobody.
    const doors = name === 'rehearser' ? (['alarms', 'manual', 'commands'] as const) : ORDER_KEYS;
    this.function.may('order-key', [props.orderKeys.reading(...doors)]);
    this.function.may(
      'durable',
      checkpointing(settings, name),
      'An execution’s ARN begins with its function’s.',
    );
    this.function.may(
      'look',
      product.look(settings),
      'Declared by probes and actions, each beside its code.',
    );
    const kept = name === 'rehearser' ? (['rehearsals'] as const) : (['evidence', 'rehearsals'] as const);
    this.function.may(
      'record',
      [record.writing(...kept), ...record.reading(...kept)],
      'Objects under prefixes of its own.',
    );
    // A running execution stays on the version that started it: deleting a version deletes its runs.
    this.function.lambda.currentVersion.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.live = this.function.lambda.addAlias(NAMES.alias, {
      // A second start under the same name finds the run already there.
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
    });
  }
}

export interface RunnerProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
  readonly anchor: Anchor;
  readonly product: Product;
  readonly acknowledge: Acknowledge | undefined;
}

/** Executes a run from the alarm to its outcome. Its own role only reads; to act it assumes the actor's role. */
export class Runner extends DurableRunner {
  constructor(scope: Construct, id: string, { topics, anchor, acknowledge, ...props }: RunnerProps) {
    const { settings } = props;
    super(scope, id, {
      ...props,
      name: 'runner',
      ...(acknowledge && { environment: acknowledge.address }),
      description:
        'Guards, diagnoses, decides, acts, verifies, records and notifies: one durable execution per run',
      deadLetters: (runner) =>
        new DeadLetters(runner, 'DeadLetters', {
          name: `${namesOf(settings.prefix).functions.runner}-dead-letters`,
          meaning:
            'A run failed, was stopped or timed out, or did not begin within six hours. The message is its order, which SQS cannot move back: npm run respond -- retry <its "run"> gives it again. Then delete the message.',
          sre: topics.sre,
        }),
    });
    this.function.may('act-as-actor', [
      { actions: ['sts:AssumeRole', 'sts:TagSession'], resources: [settings.actorRole] },
    ]);
    this.function.may('tell', topics.publishing(topics.sre, topics.finops));
    this.function.may('anchor', [anchor.asking()]);
    this.function.may('call-people', calling(settings), 'An execution’s ARN begins with its function’s.');
    if (acknowledge) this.function.may('make-links', [acknowledge.readingKey()]);
    this.function.may(
      'verify',
      verifyPermissions(settings),
      'Alarms are described as one list, and an execution’s ARN begins with its function’s.',
    );
  }
}

/**
 * Executes dry runs with the runner's own code. It may not assume the acting role, publish or invoke anything, and its
 * ledger login writes the record alone: that a rehearsal changes nothing does not depend on that code. It has no
 * dead-letter queue: start a failed dry run again.
 */
export class Rehearser extends DurableRunner {
  constructor(scope: Construct, id: string, props: Omit<RunnerProps, 'topics' | 'anchor' | 'acknowledge'>) {
    super(scope, id, {
      ...props,
      name: 'rehearser',
      description:
        'Guards, diagnoses, decides and records, and cannot act: one durable execution per dry run',
    });
    // Of an alarm that CloudWatch does not confirm.
    this.function.may('alarms', alarmNowPermissions(props.settings), 'Alarms are described as one list.');
  }
}

const checkpointing = (settings: Settings, name: DurableRunnerProps['name']): IamStatement[] => [
  {
    actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
    resources: [arnOf(settings, 'lambda', `function:${namesOf(settings.prefix).functions[name]}:*`)],
  },
];
