import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { verifyPermissions } from '../lambdas/engine/verify.ts';
import { arnOf, type IamStatement } from '../lambdas/permissions.ts';
import { DeadLetters } from './dead-letters.ts';
import { NAMES } from './names.ts';
import type { Product } from './product.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import type { Topics } from './topics.ts';

export interface RunnerProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
  readonly product: Product;
}

/**
 * The durable function that carries a run from the alarm to its outcome. Its own role only looks; to act it
 * assumes the actor's. Started through the alias `live` alone, by a name that makes a second start a no-op.
 */
export class Runner extends Construct {
  readonly function: ResponderFunction;
  readonly live: Alias;

  constructor(scope: Construct, id: string, { topics, record, product, ...common }: RunnerProps) {
    super(scope, id);
    const { settings, config } = common;
    const deadLetters = new DeadLetters(this, 'DeadLetters', {
      name: `${NAMES.functions.runner}-dead-letters`,
      meaning:
        'A run failed, was stopped or timed out: the letter is the order for it. See its record, then redrive.',
      sre: topics.sre,
    });
    this.function = new ResponderFunction(this, 'Runner', {
      ...common,
      name: 'runner',
      description:
        'Guards, diagnoses, decides, acts, verifies, records and tells: one durable execution per run',
      // Of one invocation between two waits: the longest step is an Athena query.
      timeout: Duration.minutes(5),
      memoryMb: 1024,
      retries: 2,
      deadLetters: deadLetters.queue,
      durable: {
        executionTimeout: Duration.days(config.runDays),
        // For looking at a run's operations afterwards; the record itself lies in the ledger.
        retentionPeriod: Duration.days(14),
      },
    });
    Annotations.of(this.function.lambda).acknowledgeInfo(
      'aws-lambda:Function.DurableConfig',
      'It is durable from its first deployment on: there is nothing to replace.',
    );
    this.function.may(
      'durable',
      this.checkpointing(common),
      'An execution’s ARN begins with its function’s.',
    );
    this.function.may(
      'look',
      product.look(settings),
      'Declared by probes and actions, each beside its code.',
    );
    this.function.may('act-as-actor', [{ actions: ['sts:AssumeRole'], resources: [settings.actorRole] }]);
    this.function.may('tell', topics.publishing(topics.sre, topics.finops));
    this.function.may(
      'record',
      [record.writing('evidence', 'waiting'), ...record.reading('evidence')],
      'Objects under prefixes of its own.',
    );
    this.function.may(
      'verify',
      verifyPermissions(settings),
      'Alarms are described as one list, and an execution’s ARN begins with its function’s.',
    );
    // A running execution stays with the version that began it: a version that goes takes its runs with it.
    this.function.lambda.currentVersion.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.live = this.function.lambda.addAlias(NAMES.alias, {
      // A start repeated under its name finds the run already there.
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
    });
  }

  private checkpointing({ settings }: Common): IamStatement[] {
    return [
      {
        actions: ['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState'],
        resources: [arnOf(settings, 'lambda', `function:${NAMES.functions.runner}:*`)],
      },
    ];
  }
}
