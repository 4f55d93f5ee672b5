import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
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
  /** Ours, or the account's that takes its place. */
  readonly alarms: ITopic;
  /** Further topics of the account on which alarms arrive. */
  readonly others: readonly ITopic[];
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
    const names = namesOf(config.prefix).topics;
    const publishers = publishersOf(config, settings);
    for (const { sid, service, account } of publishers)
      this.key.addToResourcePolicy(
        new PolicyStatement({
          sid,
          principals: [new ServicePrincipal(service)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:SourceAccount': account } },
        }),
      );
    const { topic: theirs, topics: others } = config.alarms;
    this.others = others.map((topicArn, index) => Topic.fromTopicArn(this, `Other${index}`, topicArn));
    if (theirs === undefined) {
      const alarms = this.topic('Alarms', names.alarms);
      for (const publisher of publishers) this.mayPublish(alarms, publisher);
      this.alarms = alarms;
    } else this.alarms = Topic.fromTopicArn(this, 'Alarms', theirs);
    // The responder's own alarms (dead letters, failing functions) go directly to people.
    this.sre = this.topic('Sre', names.sre);
    this.finops = this.topic('Finops', names.finops);
    this.lead = this.topic('Lead', names.lead);
    this.management = this.topic('Management', names.management);
    const [cloudWatch] = publishers;
    if (cloudWatch) this.mayPublish(this.sre, cloudWatch);
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

  private mayPublish(topic: Topic, { sid, service, account, sourceArn }: AllowedPublisher): void {
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal(service)],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ...(sourceArn !== undefined && { ArnLike: { 'aws:SourceArn': sourceArn } }),
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

interface AllowedPublisher {
  readonly sid: string;
  readonly service: string;
  /** On whose behalf it publishes. */
  readonly account: string;
  readonly sourceArn?: string;
}

/** CloudWatch for this account's alarms first, then what the configuration adds. */
function publishersOf({ publishers }: Deployment, settings: Settings): readonly AllowedPublisher[] {
  const service = 'cloudwatch.amazonaws.com';
  const alarmsOf = (account: string) => arnOf({ ...settings, account }, 'cloudwatch', 'alarm:*');
  const { account } = settings;
  return [
    { sid: 'CloudWatchAlarmsPublish', service, account, sourceArn: alarmsOf(account) },
    ...publishers.map((one): AllowedPublisher => {
      if ('account' in one)
        return {
          sid: `AlarmsOf${one.account}Publish`,
          service,
          account: one.account,
          sourceArn: alarmsOf(one.account),
        };
      const name = one.service.replace('.amazonaws.com', '').replaceAll(/[^a-z0-9]/g, '');
      return { sid: `Service${name}Publishes`, service: one.service, account };
    }),
  ];
}
