import type { Gathered } from './gathered.ts';
import { isLate } from './judgement.ts';
import { fact, type Fact, type Sources } from './source.ts';
import { toldSource } from './timeline.ts';
import { duration, moment } from './words.ts';

/** Who was told of what, when it was due, and when it came. */
export function toldOf(gathered: Gathered, sources: Sources): Fact[] {
  const { told } = gathered;
  if (told.length === 0) return [fact('No message of the escalation is on record', sources.record)];
  return told.map((one) => {
    const { recipient, what, dueAt, toldAt, lateSeconds, confirmed } = one;
    const due = `${what} to ${recipient}: due ${moment(dueAt)}`;
    const heard =
      confirmed === null
        ? ''
        : ` by ${confirmed} confirmed ${confirmed === 1 ? 'subscription' : 'subscriptions'}`;
    const text =
      toldAt === null
        ? `${due}, not told`
        : `${due}, told ${moment(toldAt)}${heard}, ${isLate(one) ? `${duration(lateSeconds ?? 0)} late` : 'on time'}`;
    return fact(text, toldSource(gathered, one, sources));
  });
}
