import { quoted } from '../domain/foreign-text.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import type { Settings } from '../platform/settings.ts';
import { markAnnounced, unsentAnnouncements, type Announcement } from '../record/announcements.ts';
import { layout } from './message.ts';
import { SUBJECT_LENGTH, wholeThought } from './subject.ts';
import type { Notification, Notify } from './notify.ts';

/**
 * Sends what is not sent yet to everybody who may approve. An order that lets the machine do more takes
 * effect with the mark, so it never does unannounced; if the mark fails, it is announced again.
 * @throws when SNS or the ledger does not take it; what is left is sent by the next call
 */
export async function announceUnsent(
  pool: Ledger,
  { settings: { topics }, notify, now }: { settings: Settings; notify: Notify; now: Date },
): Promise<void> {
  for (const one of await unsentAnnouncements(pool)) {
    for (const topic of [topics.sre, topics.finops]) await notify(topic, announcementOf(one));
    await markAnnounced(pool, one.id, now);
  }
}

export const announcementOf = ({ says, reason, command }: Announcement): Notification => ({
  event: 'order',
  subject: `[order] ${wholeThought(says, SUBJECT_LENGTH - 8) ?? 'an order was given'}`,
  body: layout({
    headline: `${says}.`,
    facts: [
      ['Reason', quoted(reason)],
      command === null
        ? ['Your next step', 'nothing']
        : ['Your next step', 'confirm it, if you agree:', command],
    ],
  }),
});
