import { waking } from './waking.ts';
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { withKeys } from '../lambdas/platform/encryption.ts';
import { arnOf } from '../lambdas/platform/iam.ts';
import type { Acknowledge } from './acknowledge.ts';
import { DeadLetters } from './dead-letters.ts';
import { NAMES, namesOf } from './names.ts';
import { starting } from './order-keys.ts';
import type { RecordBucket } from './record-bucket.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import type { Topics } from './topics.ts';

export interface EscalationProps extends Common {
  readonly topics: Topics;
  readonly record: RecordBucket;
  readonly acknowledge: Acknowledge | undefined;
}

/**
 * Notifies people, level by level, until somebody acknowledges or the incident is over. A durable function of its own,
 * so that people are notified even when the runner has crashed.
 */
export class Escalation extends Construct {
  readonly function: ResponderFunction;
  readonly live: Alias;

  constructor(scope: Construct, id: string, { topics, record, acknowledge, ...common }: EscalationProps) {
    super(scope, id);
    const { settings } = common;
    const names = namesOf(settings.prefix);
    this.function = new ResponderFunction(this, 'Escalation', {
      ...common,
      name: 'escalation',
      description:
        'Notifies people until somebody acknowledges: one durable execution per episode of an incident',
      timeout: Duration.minutes(2),
      memoryMb: 512,
      retries: 2,
      deadLetters: new DeadLetters(this, 'DeadLetters', {
        name: `${names.functions.escalation}-dead-letters`,
        meaning:
          'An escalation failed: nobody is notified any more about the incident named in the message. Notify them yourself.',
        sre: topics.sre,
      }).queue,
      // An incident may stay open for long; a year is AWS's limit.
      durable: { executionTimeout: Duration.days(365), retentionPeriod: Duration.days(14) },
      ...(acknowledge && { environment: acknowledge.address }),
    });
    this.function.may('order-key', [common.orderKeys.reading('calls')]);
    const { lambda } = this.function;
    Annotations.of(lambda).acknowledgeInfo(
      'aws-lambda:Function.DurableConfig',
      'It is durable since its first deployment: there is nothing to replace.',
    );
    this.function.may(
      'durable',
      [
        {
          actions: [
            'lambda:CheckpointDurableExecution',
            'lambda:GetDurableExecutionState',
            'lambda:SendDurableExecutionCallbackSuccess',
          ],
          resources: [arnOf(settings, 'lambda', `function:${names.functions.escalation}:*`)],
        },
      ],
      'An execution’s ARN begins with its function’s.',
    );
    this.function.may('tell', topics.publishing(topics.sre, topics.finops, topics.lead, topics.management));
    this.function.may('count', [
      {
        actions: ['sns:GetTopicAttributes'],
        resources: [topics.sre, topics.finops, topics.lead, topics.management].map(
          ({ topicArn }) => topicArn,
        ),
      },
    ]);
    if (acknowledge) this.function.may('make-links', [acknowledge.readingKey()]);
    this.function.may('evidence', record.reading('evidence'), 'Objects under prefixes of its own.');
    const { jira, pagers } = settings.people;
    const secrets = [...(jira ? [jira] : []), ...pagers].map(({ secretArn }) => secretArn);
    if (secrets.length > 0) {
      const read = [{ actions: ['secretsmanager:GetSecretValue'], resources: secrets }];
      // A login's secret brings the same right on the keys.
      const hasKeys = common.config.ledger.logins.kind === 'secret';
      this.function.may('tell-systems', hasKeys ? read : withKeys(read, settings));
    }
    this.function.may(
      'postmortems',
      [record.writing('ops/postmortems'), ...record.reading('ops/postmortems')],
      'Objects under prefixes of its own.',
    );
    // A running execution stays on the version that started it.
    lambda.currentVersion.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.live = lambda.addAlias(NAMES.alias, { retryAttempts: 2, maxEventAge: Duration.hours(6) });
  }
}

/** Permissions to start and to wake escalations. */
export const calling = (settings: Common['settings']) =>
  [...starting(settings.escalation), waking(settings)] as const;
