import { arn } from '../../emulator/kernel/places.ts';
import type { Services } from '../services.ts';
import { CUSTOMER_KEY, encryptEverything, giveKey } from './customer-key.ts';
import { curIngestion } from './functions/cur-ingestion.ts';
import { PAYMENT_WEBHOOK } from './payments/payments.ts';

const RECEIVES = 3;

/** Queues that the owners of a topic listen on: `<topic>-inbox`. */
export const inboxOf = (topic: string): string => `${topic}-inbox`;

/** What Commercial-Ops has in its account beside its data: made once, in a new world. */
export async function makePlaces(services: Services): Promise<void> {
  const { estate, logs, sqs, sns, commercialOps } = services;
  await giveKey(services);
  await encryptEverything(services);
  const { jobs, logGroups, ingestion, notices, payments } = estate;
  const named = commercialOps.functions().map(({ name, logGroup }) => logGroup ?? `/aws/lambda/${name}`);
  const groups = [ingestion.logGroup, logGroups.auditWriter, `/aws/lambda/${jobs.curIngestion}`, ...named];
  for (const name of new Set(groups)) await logs.createGroup({ name });

  const { arn: deadLetterArn } = await sqs.createQueue({ name: payments.deadLetters });
  await sqs.createQueue({ name: payments.queue, redrive: { deadLetterArn, maxReceiveCount: RECEIVES } });
  for (const name of Object.values(notices)) {
    const topic = await sns.createTopic({ name, kmsKeyId: CUSTOMER_KEY });
    const policy = {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'sns.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn('sqs', inboxOf(name)),
          Condition: { ArnEquals: { 'aws:SourceArn': topic.arn } },
        },
      ],
    };
    const inbox = await sqs.createQueue({ name: inboxOf(name), policy });
    await sns.subscribe({ topicArn: topic.arn, protocol: 'sqs', endpoint: inbox.arn });
  }
}

/** Its functions: on every boot, as those of the stack. */
export function registerFunctions({ lambda, glue, commercialOps }: Services): void {
  for (const spec of commercialOps.functions()) lambda.registerNative(spec);
  lambda.registerNative(curIngestion(commercialOps.jobNeeds, glue));
}

/** What goes on by itself, once everything is there. */
export async function startWork({ lambda, commercialOps }: Services): Promise<void> {
  lambda.createEventSourceMapping({
    queueArn: commercialOps.payments.queueArn,
    functionArn: PAYMENT_WEBHOOK,
    reportBatchItemFailures: true,
  });
  await commercialOps.auditWriter.start();
}
