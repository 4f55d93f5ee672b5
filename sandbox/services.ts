import { join } from 'node:path';
import type { Pool } from 'pg';
import { Estate } from '../lambdas/platform/settings.ts';
import { Athena } from '../emulator/aws/athena.ts';
import { AutoScaling } from '../emulator/aws/auto-scaling.ts';
import { CloudWatch } from '../emulator/aws/cloudwatch.ts';
import { Glue } from '../emulator/aws/glue.ts';
import { Iam } from '../emulator/aws/iam.ts';
import { Kms } from '../emulator/aws/kms.ts';
import { Logs } from '../emulator/aws/logs.ts';
import { S3 } from '../emulator/aws/s3.ts';
import { Scheduler } from '../emulator/aws/scheduler.ts';
import { SecretsManager } from '../emulator/aws/secrets-manager.ts';
import { Sns } from '../emulator/aws/sns.ts';
import { SqsMetrics } from '../emulator/aws/sqs-metrics.ts';
import { Sqs } from '../emulator/aws/sqs.ts';
import { Sts } from '../emulator/aws/sts.ts';
import { People } from './people.ts';
import { CommercialOps } from './commercial-ops/commercial-ops.ts';
import { RunnerFleet } from './commercial-ops/runner-fleet.ts';
import { Jira } from '../emulator/jira/jira.ts';
import type { Clock } from '../emulator/kernel/clock.ts';
import { AwsError } from '../emulator/kernel/service.ts';
import type { Credentials } from '../emulator/kernel/credentials.ts';
import type { Store } from '../emulator/kernel/store.ts';
import { Lambda } from '../emulator/lambda/lambda.ts';
import type { WarmWorkers } from '../emulator/lambda/warm-workers.ts';
import type { Observer } from './observer.ts';

export interface ServiceNeeds {
  readonly clock: Clock;
  readonly store: Store;
  readonly credentials: Credentials;
  /** On the ledger, as the owner of Commercial-Ops' tables. */
  readonly ledger: Pool;
  readonly dir: string;
  readonly endpoint: () => string;
  readonly warm?: WarmWorkers | undefined;
  readonly observe: Observer;
}

export type Services = ReturnType<typeof createServices>;

/** Every emulated service, wired to the others. Nothing runs yet: what is kept from before is only looked at. */
export function createServices(needs: ServiceNeeds) {
  const { clock, store, credentials, ledger, dir, endpoint, warm, observe } = needs;
  const estate = Estate.parse({});
  const iam = new Iam({ store, clock });
  const people = new People({ store, iam, credentials });
  const kms = new Kms({ store, iam, clock });
  const secrets = new SecretsManager({ store, clock });
  const s3 = new S3({ store, clock, dataDir: join(dir, 's3') });
  const logs = new Logs({ store, clock });
  const observedLogs = {
    append: (group: string, stream: string, message: string, at?: Date) => {
      observe({ kind: 'log', at: at ?? clock.now(), group, message });
      logs.append(group, stream, message, at);
    },
  };
  const sqs = new Sqs({ store, clock, endpoint });
  const lambda: Lambda = new Lambda({
    clock,
    store,
    credentials,
    logs: observedLogs,
    endpoint,
    warm,
    queues: sqs,
    sqs: { send: (queueArn, body, attributes) => sqs.send(queueArn, body, attributes) },
    sns: { publish: (message, publisher) => sns.publish(message, publisher) },
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
      const { allowed, reason } = iam.check(
        iam.principalOf(roleArn ?? ''),
        'lambda:InvokeFunction',
        targetArn,
      );
      if (!allowed)
        throw new AwsError('AccessDeniedException', `the schedule may not call ${targetArn}: ${reason}`);
      return lambda.invoke({ function: targetArn, payload: JSON.parse(payload), type: 'Event' });
    },
    sendSqs: (queueArn, body) => sqs.send(queueArn, body),
  });
  const commercialOps = new CommercialOps({
    clock,
    store,
    pool: ledger,
    s3,
    logs: observedLogs,
    iam,
    estate,
    directory: dir,
    queues: sqs,
  });
  const glue = new Glue({ clock, store });
  glue.addJob(commercialOps.glueJob());
  const athena = new Athena({ clock, store, s3, iam });
  athena.addTable(commercialOps.warehouse);
  athena.addWorkgroup(estate.athena.workgroup, `s3://${estate.athena.resultsBucket}/`);
  const sts = new Sts({ iam, credentials, clock });
  const autoScaling = new AutoScaling({ store, clock });
  const jira = new Jira({ store, clock });
  const runnerFleet = new RunnerFleet({
    clock,
    store,
    sqs,
    autoScaling,
    cloudwatch,
    estate,
    logs: observedLogs,
  });
  return {
    estate,
    iam,
    people,
    kms,
    secrets,
    s3,
    logs,
    sqs,
    sqsMetrics,
    sns,
    lambda,
    cloudwatch,
    scheduler,
    commercialOps,
    glue,
    athena,
    sts,
    autoScaling,
    jira,
    runnerFleet,
  };
}

/** The topic behind an SNS event: whose permission to invoke the function is asked for. */
function topicOf(event: Record<string, unknown>): string | undefined {
  const [record] = event['Records'] as { Sns?: { TopicArn?: string } }[];
  return record?.Sns?.TopicArn;
}

/** What the wire serves. */
export const definitionsOf = ({
  iam,
  kms,
  secrets,
  s3,
  logs,
  sqs,
  sns,
  lambda,
  cloudwatch,
  scheduler,
  glue,
  athena,
  sts,
  autoScaling,
}: Services) =>
  [iam, kms, secrets, s3, logs, sqs, sns, lambda, cloudwatch, scheduler, glue, athena, sts, autoScaling].map(
    (service) => service.definition(),
  );
