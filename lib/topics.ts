import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { RECIPIENTS } from '../lambdas/domain/people.ts';
import { arnOf, type IamStatement } from '../lambdas/platform/iam.ts';
import type { Settings } from '../lambdas/platform/settings.ts';
import type { Deployment } from './config.ts';
import { namesOf } from './names.ts';
import { removalPolicyOf } from './removal-policy.ts';

export interface TopicsProps {
  readonly config: Deployment;
  readonly settings: Settings;
}

/**
 * Where alarms arrive (`alarms`) and where people are notified (`sre`, `finops`), encrypted with a customer-managed key:
 * CloudWatch cannot publish to a topic under the AWS-managed key, and its alarms would vanish without a trace.
 */
export class Topics extends Construct {
  readonly alarms: Topic;
  readonly sre: Topic;
  readonly finops: Topic;
  /** The next levels of an escalation. */
  readonly lead: Topic;
  readonly management: Topic;
  private readonly key: Key;

  constructor(scope: Construct, id: string, { config, settings }: TopicsProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: 'Commercial-Ops responder: SNS topics of alarms and notifications',
      enableKeyRotation: true,
      removalPolicy: removalPolicyOf(config),
    });
    this.key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudWatchAlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const names = namesOf(config.prefix).topics;
    this.alarms = this.topic('Alarms', names.alarms);
    // The responder's own alarms (dead letters, failing functions) go directly to people.
    this.sre = this.topic('Sre', names.sre);
    this.finops = this.topic('Finops', names.finops);
    this.lead = this.topic('Lead', names.lead);
    this.management = this.topic('Management', names.management);
    for (const topic of [this.alarms, this.sre]) this.alarmsMayPublish(topic, settings);
    for (const recipient of RECIPIENTS)
      this.subscribe(this[recipient], config.subscriptions[recipient] ?? []);
  }

  /** What a role needs to publish to some of the topics. */
  publishing(...topics: readonly Topic[]): IamStatement[] {
    return [
      { actions: ['sns:Publish'], resources: topics.map(({ topicArn }) => topicArn) },
      { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [this.key.keyArn] },
    ];
  }

  private topic(id: string, topicName: string): Topic {
    return new Topic(this, id, { topicName, masterKey: this.key, enforceSSL: true });
  }

  /** Of this account alone. */
  private alarmsMayPublish(topic: Topic, settings: Settings): void {
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CloudWatchAlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': settings.account },
          ArnLike: { 'aws:SourceArn': arnOf(settings, 'cloudwatch', 'alarm:*') },
        },
      }),
    );
  }

  private subscribe(topic: Topic, endpoints: readonly string[]): void {
    for (const endpoint of endpoints) {
      topic.addSubscription(
        endpoint.startsWith('https:') ? new UrlSubscription(endpoint) : new EmailSubscription(endpoint),
      );
    }
  }
}
