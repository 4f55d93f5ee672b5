import type { Delivery } from '../domain/delivery.ts';
import type { Notification } from '../notifications/notify.ts';
import { causeOf } from '../platform/tell-error.ts';
import { log } from '../platform/log.ts';
import type { RunContext } from './run-context.ts';

/**
 * Notifies people; a topic that fails is noted, and does not stop the repair.
 * @param complete what is only known when it is sent; the subject stays
 * @param leadsOn see `Journal.repeatable`
 * @returns whether they were notified
 */
export async function notifyPeople(
  { journal, notify }: Pick<RunContext, 'journal' | 'notify'>,
  name: string,
  topicArn: string,
  message: Notification,
  complete: () => Promise<Notification> = async () => message,
  leadsOn = false,
): Promise<boolean> {
  const { delivery } = await journal.repeatable<{ delivery: Delivery; cause?: string }>(
    name,
    async ({ isLast }) => {
      try {
        await notify(topicArn, await complete());
        return { delivery: 'delivered' };
      } catch (error) {
        if (!isLast) throw error;
        log.warn('a message was not delivered', { step: name, error });
        return { delivery: deliveryAfter(error), cause: causeOf(error) };
      }
    },
    ({ delivery, cause }) => ({
      tell: `${SAID[delivery]}: ${cause ?? message.subject}`,
      detail: { delivery, subject: message.subject, cause },
    }),
    () => leadsOn,
  );
  return delivery === 'delivered';
}

const SAID: Readonly<Record<Delivery, string>> = {
  delivered: 'notified',
  failed: 'nobody was notified',
  unknown: 'it is unknown whether anybody was notified',
};

/** SNS has sent nothing if it rejects the request. Without an answer the message may have arrived. */
const deliveryAfter = (error: unknown): Delivery =>
  error instanceof Error && '$fault' in error && error.$fault === 'client' ? 'failed' : 'unknown';
