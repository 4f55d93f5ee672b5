import type { Notification } from '../notifications/notify.ts';
import type { World } from './course.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';

/**
 * Tells people; a topic that does not answer is noted, and does not stop the repair.
 * @param complete what is only known when it is sent; the subject stays
 * @returns whether they were told
 */
export async function tellPeople(
  name: string,
  topicArn: string,
  message: Notification,
  journal: Journal,
  world: Pick<World, 'notify'>,
  complete: () => Promise<Notification> = async () => message,
): Promise<boolean> {
  const { told } = await journal.repeatable<{ told: boolean; error?: string }>(
    name,
    async (attempt) => {
      try {
        await world.notify(topicArn, await complete());
        return { told: true };
      } catch (error) {
        if (attempt < LOOK_ATTEMPTS) throw error;
        return { told: false, error: (error as Error).message };
      }
    },
    ({ told, error }) => ({ tell: told ? `told: ${message.subject}` : `nobody was told: ${error ?? ''}` }),
  );
  return told;
}
