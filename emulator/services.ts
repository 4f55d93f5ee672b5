import { join } from 'node:path';
import { Athena, athenaDefinition } from './aws/athena.ts';
import { autoScalingDefinition } from './aws/auto-scaling-operations.ts';
import { AutoScaling } from './aws/auto-scaling.ts';
import { cloudWatchDefinition } from './aws/cloudwatch-operations.ts';
import { CloudWatch } from './aws/cloudwatch.ts';
import { Glue, glueDefinition } from './aws/glue.ts';
import { iamDefinition } from './aws/iam-operations.ts';
import { UserKeys } from './aws/iam-user-keys.ts';
import { Iam } from './aws/iam.ts';
import { arn } from './kernel/places.ts';
import { Kms } from './aws/kms.ts';
import { logsDefinition } from './aws/logs-operations.ts';
import { Logs } from './aws/logs.ts';
import { s3Definition } from './aws/s3-definition.ts';
import { S3 } from './aws/s3.ts';
import { Scheduler } from './aws/scheduler.ts';
import { SecretsManager, secretsManagerDefinition } from './aws/secrets-manager.ts';
import { Network } from './aws/network.ts';
import { snsDefinition } from './aws/sns-operations.ts';
import { Sns } from './aws/sns.ts';
import { SqsMetrics } from './aws/sqs-metrics.ts';
import { sqsDefinition } from './aws/sqs-operations.ts';
import { Sqs } from './aws/sqs.ts';
import { Sts, stsDefinition } from './aws/sts.ts';
import { CustomResources } from './provision/custom-resources.ts';
import { Jira } from './jira/jira.ts';
import { Pagers } from './pager/pager.ts';
import type { Clock } from './kernel/clock.ts';
import type { Credentials } from './kernel/credentials.ts';
import { AwsError, type ServiceDefinition } from './kernel/service.ts';
import type { Store } from './kernel/store.ts';
import type { LogSink } from './lambda/invocation-log.ts';
import { lambdaDefinition } from './lambda/lambda-definition.ts';
import { Lambda } from './lambda/lambda.ts';
import type { WarmWorkers } from './lambda/warm-workers.ts';
import type { WorkerLimits } from './lambda/worker-pool.ts';
import type { Observer } from './observer.ts';

export interface ServiceNeeds {
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly credentials: Credentials;
  /** Keeps the bodies of S3's objects. */
  readonly dir: string;
  /** Where the wire listens; asked when an address is needed. */
  readonly endpoint: () => string;
  readonly warm?: WarmWorkers | undefined;
  readonly allFrozen?: (() => void) | undefined;
  readonly workers?: WorkerLimits | undefined;
  readonly observe?: Observer;
}

export type Services = ReturnType<typeof createServices>;

/** Every emulated service, wired to the others. Nothing runs yet. */
export function createServices(needs: ServiceNeeds) {
  const { clock, store, credentials, dir, endpoint, warm, allFrozen, observe = () => undefined } = needs;
  const iam = new Iam({ store });
  const userKeys = new UserKeys({ store, iam, credentials });
  const sts = new Sts({ iam, credentials, clock });
  const kms = new Kms({ store, iam });
  const network = new Network({ store });
  const secrets = new SecretsManager({ store, clock });
  const s3 = new S3({ store, clock, dataDir: join(dir, 's3') });
  const logs = new Logs({ store, clock });
  /** Writes to `logs`, and shows each line to the observer. */
  const logSink: LogSink = {
    append(group, stream, message, at) {
      observe({ kind: 'log', at: at ?? clock.now(), group, message });
      logs.append(group, stream, message, at);
    },
  };
  const sqs = new Sqs({ store, clock, endpoint });
  /** A function may have been made with a role that is nobody's: the emulator lets it be. */
  const roleMay = (roleArn: string, action: string, resource: string): boolean => {
    const role = iam.principalOf(roleArn);
    const isKnown = iam.allRoles().some(({ name }) => name === role.roleName);
    return !isKnown || iam.check(role, action, resource).allowed;
  };
  const lambda: Lambda = new Lambda({
    clock,
    store,
    credentials,
    logs: logSink,
    endpoint,
    warm,
    allFrozen,
    limits: needs.workers,
    queues: sqs,
    mayLog: ({ roleArn, logGroup }) =>
      ['logs:CreateLogStream', 'logs:PutLogEvents'].every((action) =>
        roleMay(roleArn, action, `${arn('logs', `log-group:${logGroup}`)}:log-stream:any`),
      ),
    mayInvoke: ({ roleArn, functionArn }) => roleMay(roleArn, 'lambda:InvokeFunction', functionArn),
    sqs: {
      send: (queueArn, body, attributes, sender) => {
        // Lambda discards an event that it may not send.
        return roleMay(sender, 'sqs:SendMessage', queueArn)
          ? sqs.send(queueArn, body, attributes)
          : undefined;
      },
    },
    sns: { publish: (message, publisher) => sns.publish(message, publisher) },
    onThrottle: (Value) =>
      cloudwatch.putMetricData('AWS/Lambda', [
        { MetricName: 'Throttles', Dimensions: [{ Name: 'FunctionName', Value }], Value: 1 },
      ]),
  });
  const invokeAs = (service: string, sourceArn: string | undefined, functionArn: string, payload: unknown) =>
    lambda.invoke({
      function: functionArn,
      payload,
      type: 'Event',
      caller: { service, ...(sourceArn && { sourceArn }) },
    });
  const sns: Sns = new Sns({
    store,
    clock,
    kms,
    invokeLambda: (functionArn, event) => invokeAs('sns.amazonaws.com', topicOf(event), functionArn, event),
    sendSqs: (queueArn, body, topicArn) => sqs.sendFrom('sns.amazonaws.com', topicArn, queueArn, body),
  });
  const cloudwatch: CloudWatch = new CloudWatch({
    store,
    clock,
    publish: (topicArn, subject, message, sourceArn) => {
      observe({ kind: 'alarm', at: clock.now(), topicArn, subject, message });
      return sns.publish({ topicArn, subject, message }, { service: 'cloudwatch.amazonaws.com', sourceArn });
    },
    invokeLambda: (functionArn, payload) =>
      invokeAs('lambda.alarms.cloudwatch.amazonaws.com', String(payload['alarmArn']), functionArn, payload),
  });
  const sqsMetrics = new SqsMetrics({
    sqs,
    clock,
    putMetricData: (namespace, data) => cloudwatch.putMetricData(namespace, data),
  });
  const scheduler = new Scheduler({
    store,
    clock,
    invokeTarget: async (targetArn, payload, roleArn) => {
      const role = iam.principalOf(roleArn ?? '');
      const { allowed, reason } = iam.check(role, 'lambda:InvokeFunction', targetArn);
      if (!allowed)
        throw new AwsError('AccessDeniedException', `the schedule may not call ${targetArn}: ${reason}`);
      return lambda.invoke({ function: targetArn, payload: JSON.parse(payload), type: 'Event' });
    },
    sendSqs: (queueArn, body) => sqs.send(queueArn, body),
  });
  const glue = new Glue({ clock, store });
  const athena = new Athena({ clock, store, s3, iam });
  const autoScaling = new AutoScaling({ store, clock });
  const customResources = new CustomResources({
    endpoint,
    network,
    placementOf: (functionArn) => lambda.functions.resolve(functionArn).fn.vpc,
    invoke: (functionArn, payload) =>
      lambda.invoke({ function: functionArn, payload, type: 'RequestResponse' }),
  });
  const jira = new Jira({ store, clock });
  const pagers = new Pagers({ store, clock });
  return {
    iam,
    network,
    userKeys,
    sts,
    kms,
    secrets,
    s3,
    logs,
    logSink,
    sqs,
    sqsMetrics,
    sns,
    lambda,
    cloudwatch,
    scheduler,
    glue,
    athena,
    autoScaling,
    customResources,
    jira,
    pagers,
  };
}

/** The topic of an SNS event: its permission to invoke the function is checked. */
function topicOf(event: Record<string, unknown>): string | undefined {
  const [record] = event['Records'] as { Sns?: { TopicArn?: string } }[];
  return record?.Sns?.TopicArn;
}

/** What the wire serves. */
export const definitionsOf = (services: Services): ServiceDefinition[] => [
  athenaDefinition(services.athena),
  autoScalingDefinition(services.autoScaling),
  cloudWatchDefinition(services.cloudwatch),
  glueDefinition(services.glue),
  iamDefinition(services.iam),
  lambdaDefinition(services.lambda, services.kms),
  logsDefinition(services.logs),
  s3Definition(services.s3, services.iam),
  secretsManagerDefinition(services.secrets),
  snsDefinition(services.sns),
  sqsDefinition(services.sqs),
  stsDefinition(services.sts),
];
