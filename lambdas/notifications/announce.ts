import { quoted } from '../domain/foreign-text.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import type { Settings } from '../platform/settings.ts';
import { markAnnounced, unsentAnnouncements, type Announcement } from '../record/announcements.ts';
import { layout } from './message.ts';
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
    for (const topic of [topics.sre, topics.finops]) await notify(topic, messageOf(one));
    await markAnnounced(pool, one.id, now);
  }
}

const messageOf = ({ says, reason, command }: Announcement): Notification => ({
  event: 'order',
  subject: `[order] ${says}`,
  body: layout({
    headline: `${says}.`,
    facts: [['Reason', quoted(reason)], ...(command === null ? [] : [['Next step', command] as const])],
  }),
});
