import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Estate } from '../../../lambdas/platform/settings.ts';
import { arn } from '../../../emulator/kernel/places.ts';
import type { NativeSpec } from '../../../emulator/lambda/functions.ts';
import { environmentOf, roleOf } from '../functions/job-function.ts';
import type { Switches } from '../switches.ts';
import { applyPayment } from './apply.ts';
import { readBankEvent, type BankEvent } from './bank-event.ts';

/** What it needs of SQS. */
export interface QueueSender {
  send(queueArn: string, body: string): Promise<unknown>;
}

export const PAYMENT_WEBHOOK = 'payment_webhook';

interface QueueEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** The bank's way in: its events come by a queue, and `payment_webhook` applies them. */
export class Payments {
  private readonly pool: Pool;
  private readonly estate: Estate;
  private readonly switches: Switches;
  private readonly now: () => Date;
  private readonly queues: QueueSender | undefined;

  constructor(needs: {
    pool: Pool;
    estate: Estate;
    switches: Switches;
    now: () => Date;
    queues?: QueueSender | undefined;
  }) {
    this.pool = needs.pool;
    this.estate = needs.estate;
    this.switches = needs.switches;
    this.now = needs.now;
    this.queues = needs.queues;
  }

  get queueArn(): string {
    return arn('sqs', this.estate.payments.queue);
  }

  get deadLettersArn(): string {
    return arn('sqs', this.estate.payments.deadLetters);
  }

  /** From now on every event fails, and ends among the dead letters after its third receive. */
  async fail(message = 'connect ETIMEDOUT 10.0.14.7:5432'): Promise<void> {
    await this.switches.set(PAYMENT_WEBHOOK, { kind: 'fail', message });
  }

  async work(): Promise<void> {
    await this.switches.set(PAYMENT_WEBHOOK, undefined);
  }

  /** The bank sends an event: by default of a confirmed transfer, now, over the invoice's total. */
  async event(given: { invoice_id: string } & Partial<BankEvent>): Promise<BankEvent> {
    if (!this.queues) throw new Error('this Commercial-Ops was made without queues: no bank can reach it');
    const event_id = given.event_id ?? randomUUID();
    const event: BankEvent = {
      event_id,
      provider_ref: `bank-${event_id}`,
      method: 'bank_transfer',
      status: 'confirmed',
      created_at: this.now().toISOString(),
      ...given,
      amount_usd: given.amount_usd ?? (await this.totalOf(given.invoice_id)),
    };
    await this.queues.send(this.queueArn, JSON.stringify(event));
    return event;
  }

  /** The consumer of the queue. What fails comes back; the rest of its batch does not. */
  webhook(): NativeSpec {
    return {
      name: PAYMENT_WEBHOOK,
      role: roleOf(PAYMENT_WEBHOOK),
      environment: environmentOf({ QUEUE: this.estate.payments.queue }),
      logGroup: this.estate.logGroups.payments,
      handler: async (event, { log }) => {
        const batchItemFailures: { itemIdentifier: string }[] = [];
        const { Records } = (event ?? {}) as Partial<QueueEvent>;
        if (!Records)
          throw new Error(`${PAYMENT_WEBHOOK} takes events of SQS only: send to its queue instead`);
        for (const { messageId, body } of Records) {
          try {
            log(await this.apply(body));
          } catch (error) {
            log(`ERROR ${PAYMENT_WEBHOOK} message=${messageId} failed: ${(error as Error).message}`);
            batchItemFailures.push({ itemIdentifier: messageId });
          }
        }
        return { batchItemFailures };
      },
    };
  }

  /** @returns the line for the log */
  private async apply(body: string): Promise<string> {
    const fault = this.switches.of(PAYMENT_WEBHOOK);
    if (fault?.kind === 'fail') throw new Error(fault.message);
    const event = readBankEvent(body);
    const applied = await applyPayment(this.pool, event, this.now);
    if (applied === 'mismatch') return `ERROR PAYMENT_MISMATCH invoice=${event.invoice_id}`;
    return `INFO ${PAYMENT_WEBHOOK} event=${event.event_id} invoice=${event.invoice_id} ${event.status}: ${applied}`;
  }

  private async totalOf(invoiceId: string): Promise<string> {
    const { rows } = await this.pool.query<{ total: string }>(
      'select total_usd::text as total from invoice_header where invoice_id = $1',
      [invoiceId],
    );
    const total = rows[0]?.total;
    if (total !== undefined) return total;
    throw new Error(`there is no invoice ${invoiceId}: say what the bank paid, by amount_usd`);
  }
}
