import * as z from 'zod';
import { arnOf, type IamStatement, type Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import type { ReadTools } from '../../platform/clients.ts';
import { defineProbe } from './definition.ts';
import { queueDepth } from './queue-depth.ts';
import type { Evidence } from '../../domain/evidence.ts';

/** Messages of a queue in any state. SQS's figures are approximate for up to a minute. */
const Depth = z.object({ waiting: z.int(), inFlight: z.int() });

export const BankQueues = z.object({ queue: Depth, deadLetters: Depth });
export type BankQueues = z.infer<typeof BankQueues>;

const depthPermissions = (settings: Settings, ...queues: readonly string[]): IamStatement => ({
  actions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
  resources: queues.map((queue) => arnOf(settings, 'sqs', queue)),
});

export const bankQueuePermissions: Permissions = (settings) => [
  depthPermissions(settings, ...Object.values(settings.estate.payments)),
];

export const deadLetterPermissions: Permissions = (settings) => [
  depthPermissions(settings, settings.estate.payments.deadLetters),
];

/** @throws when there is no such queue: unknown is not empty */
export async function depthOf(
  tools: ReadTools,
  name: string,
): Promise<{ value: z.infer<typeof Depth>; evidence: Evidence }> {
  const { depth, evidence } = await queueDepth(await tools.sqs(), name);
  const { waiting, inFlight, delayed } = depth;
  return { value: Depth.parse({ waiting: waiting + delayed, inFlight }), evidence };
}

export const total = ({ waiting, inFlight }: z.infer<typeof Depth>): number => waiting + inFlight;

export const bankQueues = defineProbe<unknown, BankQueues>({
  name: 'bank-queues',
  momentary: 'Events come and go all the time.',
  question: "Do the bank's events wait, or lie among the dead letters?",
  queries: [
    'aws sqs get-queue-attributes --queue-url …/bank-webhooks --attribute-names All',
    'aws sqs get-queue-attributes --queue-url …/bank-webhooks-dead --attribute-names All',
  ],
  permissions: bankQueuePermissions,
  value: BankQueues,
  async run({ settings, tools }) {
    const { payments } = settings.estate;
    const [queue, deadLetters] = await Promise.all([
      depthOf(tools, payments.queue),
      depthOf(tools, payments.deadLetters),
    ]);
    return {
      value: { queue: queue.value, deadLetters: deadLetters.value },
      evidence: [queue.evidence, deadLetters.evidence],
    };
  },
  describe: ({ queue, deadLetters }) => `${total(queue)} wait, ${total(deadLetters)} are dead letters`,
});
