import { join } from 'node:path';
import { CloudWatch } from '../../aws/cloudwatch.ts';
import { Iam } from '../../aws/iam.ts';
import { Kms } from '../../aws/kms.ts';
import { Logs } from '../../aws/logs.ts';
import { S3 } from '../../aws/s3.ts';
import { Scheduler } from '../../aws/scheduler.ts';
import { SecretsManager } from '../../aws/secrets-manager.ts';
import { Sns } from '../../aws/sns.ts';
import { Sqs } from '../../aws/sqs.ts';
import { Clock } from '../../kernel/clock.ts';
import { Credentials } from '../../kernel/credentials.ts';
import type { Store } from '../../kernel/store.ts';
import { Lambda } from '../../lambda/lambda.ts';
import { Provisioner } from '../../provision/provisioner.ts';
import { scratchDir } from '../support/scratch.ts';
import { memoryStore } from '../support/memory-store.ts';

/** The sandbox's real services without the wire: those that call one another do it as in the sandbox. */
export function startServices(
  store: Pick<Store, 'collection'> = memoryStore(),
  start = new Date('2026-11-23T08:00:00.000Z'),
) {
  const clock = new Clock(start);
  const endpoint = (): string => 'http://127.0.0.1:4566';
  const delivered: { functionArn: string; event: Record<string, unknown> }[] = [];
  const iam = new Iam({ store, clock });
  const kms = new Kms({ store, iam, clock });
  const logs = new Logs({ store, clock });
  const sqs = new Sqs({ store, clock, endpoint });
  const sns = new Sns({
    store,
    clock,
    kms,
    invokeLambda: async (functionArn, event) => delivered.push({ functionArn, event }),
    sendSqs: async (queueArn, body) => sqs.send(queueArn, body),
  });
  const lambda = new Lambda({ clock, store, credentials: new Credentials(), endpoint, logs, sqs, sns });
  const cloudwatch = new CloudWatch({
    store,
    clock,
    publish: async (topicArn, subject, message, sourceArn) =>
      sns.publish({ topicArn, subject, message }, { service: 'cloudwatch.amazonaws.com', sourceArn }),
    invokeLambda: async (fn, payload) => lambda.invoke({ function: fn, payload, type: 'Event' }),
  });
  const scheduler = new Scheduler({
    store,
    clock,
    invokeTarget: async (fn) => lambda.invoke({ function: fn, type: 'Event' }),
    sendSqs: async (queueArn, body) => sqs.send(queueArn, body),
  });
  const s3 = new S3({ store, clock, dataDir: join(scratchDir(), 's3') });
  const secrets = new SecretsManager({ store, clock });
  const cloud = { secrets, iam, kms, s3, logs, sns, sqs, cloudwatch, lambda, scheduler };
  const stop = async (): Promise<void> => {
    clock.stop();
    await lambda.stop();
  };
  return { ...cloud, store, clock, delivered, provisioner: new Provisioner({ cloud, store }), stop };
}

export type Services = ReturnType<typeof startServices>;
