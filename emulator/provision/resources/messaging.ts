import * as z from 'zod';
import { ACCOUNT, arn, REGION } from '../../kernel/places.ts';
import { handler, ignored, nameIf, PolicyDocument, type ResourceHandler } from '../resource-handler.ts';

const topic = handler({
  properties: z.strictObject({
    TopicName: z.string().optional(),
    KmsMasterKeyId: z.string().optional(),
    DisplayName: ignored('for people'),
  }),
  async create(properties, { cloud, name: generated }) {
    const name = properties.TopicName ?? generated;
    const { KmsMasterKeyId: kmsKeyId } = properties;
    await cloud.sns.createTopic({ name, ...(kmsKeyId !== undefined && { kmsKeyId }) });
    const topicArn = arn('sns', name);
    return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } };
  },
  taken: ({ TopicName }, { cloud }) =>
    nameIf(TopicName, (name) => cloud.sns.topics.get(arn('sns', name)) !== undefined),
  remove: ({ ref }, _properties, cloud) => cloud.sns.deleteTopic(ref),
});

const topicPolicy = handler({
  properties: z.strictObject({ PolicyDocument, Topics: z.array(z.string()).min(1) }),
  async create(properties, { cloud, logicalId }) {
    for (const topicArn of properties.Topics) {
      const { kmsKeyId } = cloud.sns.topic(topicArn);
      await cloud.sns.createTopic({
        name: topicArn.split(':').at(-1) ?? topicArn,
        policy: properties.PolicyDocument,
        ...(kmsKeyId !== undefined && { kmsKeyId }),
      });
    }
    return { ref: logicalId };
  },
});

const subscription = handler({
  properties: z
    .strictObject({
      TopicArn: z.string(),
      Protocol: z.string(),
      Endpoint: z.string(),
      RedrivePolicy: z.strictObject({ deadLetterTargetArn: z.string() }).optional(),
      FilterPolicy: z.record(z.string(), z.unknown()).optional(),
      FilterPolicyScope: z.literal('MessageBody').optional(),
      Region: z.literal(REGION).optional(),
    })
    .refine(
      ({ FilterPolicy, FilterPolicyScope }) =>
        (FilterPolicy === undefined) === (FilterPolicyScope === undefined),
      {
        path: ['FilterPolicyScope'],
        error: 'only filters on the message body are emulated',
      },
    ),
  async create({ TopicArn, Protocol, Endpoint, RedrivePolicy, FilterPolicy }, { cloud }) {
    const { arn: ref } = await cloud.sns.subscribe({
      topicArn: TopicArn,
      protocol: Protocol,
      endpoint: Endpoint,
      // Nobody can click on a link here: the configuration's addresses count as confirmed.
      confirmed: true,
      ...(RedrivePolicy && { deadLetterArn: RedrivePolicy.deadLetterTargetArn }),
      ...(FilterPolicy && { filterPolicy: FilterPolicy }),
    });
    return { ref, attributes: { Arn: ref } };
  },
  remove: ({ ref }, _properties, cloud) => cloud.sns.unsubscribe(ref),
});

const queue = handler({
  properties: z.strictObject({
    QueueName: z.string().optional(),
    MessageRetentionPeriod: z.number().optional(),
    VisibilityTimeout: z.number().optional(),
    SqsManagedSseEnabled: ignored('encryption at rest refuses nobody'),
  }),
  async create(properties, { cloud, name: generated }) {
    const name = properties.QueueName ?? generated;
    const { MessageRetentionPeriod: retentionSeconds, VisibilityTimeout: visibilityTimeout } = properties;
    const { url } = await cloud.sqs.createQueue({
      name,
      ...(retentionSeconds !== undefined && { retentionSeconds }),
      ...(visibilityTimeout !== undefined && { visibilityTimeout }),
    });
    return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
  },
  taken: ({ QueueName }, { cloud }) =>
    nameIf(QueueName, (name) => cloud.sqs.queues.get(arn('sqs', name)) !== undefined),
  remove: ({ ref }, _properties, cloud) => cloud.sqs.deleteQueue(arn('sqs', queueNameOf(ref))),
});

const queuePolicy = handler({
  properties: z.strictObject({ PolicyDocument, Queues: z.array(z.string()).min(1) }),
  async create(properties, { cloud, logicalId }) {
    for (const url of properties.Queues) {
      const name = queueNameOf(url);
      const { retentionSeconds, visibilitySeconds } = cloud.sqs.queue(arn('sqs', name));
      await cloud.sqs.createQueue({
        name,
        policy: properties.PolicyDocument,
        retentionSeconds,
        visibilityTimeout: visibilitySeconds,
      });
    }
    return { ref: logicalId };
  },
});

/** `x`, of `http://127.0.0.1:4566/012345678901/x`. */
function queueNameOf(url: string): string {
  const [, account, name] = new URL(url).pathname.split('/');
  if (account === ACCOUNT && name) return name;
  throw new Error(`${url} is not the URL of a queue of account ${ACCOUNT}`);
}

export const messaging: Readonly<Record<string, ResourceHandler>> = {
  'AWS::SNS::Topic': topic,
  'AWS::SNS::TopicPolicy': topicPolicy,
  'AWS::SNS::Subscription': subscription,
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
};
