import { Cron } from 'croner';
import type { Freeze, FreezeWindow } from '../domain/freeze-window.ts';
import { beginOf, plainDateIn } from './calendar.ts';

/** The freeze that `now` lies in. */
export interface Frozen {
  readonly name: string;
  readonly until: Date;
}

/** The freeze that ends last of those which `now` lies in; undefined outside of all. */
export function frozenAt(freeze: Freeze, now: Date): Frozen | undefined {
  const all = freeze.windows.flatMap((window) => inWindow(window, freeze.zone, now) ?? []);
  const close = inMonthEnd(freeze, now);
  return [...all, ...(close ? [close] : [])].sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

/** The last beginning up to `now` ends last: all are of one length. The end itself is outside. */
function inWindow({ name, cron, minutes }: FreezeWindow, timezone: string, now: Date): Frozen | undefined {
  // Croner gives what lies before a moment; what begins at this very one counts, too.
  const [begin] = new Cron(cron, { timezone, paused: true }).previousRuns(1, new Date(now.getTime() + 1));
  const until = begin && new Date(begin.getTime() + minutes * 60_000);
  return until && until > now ? { name, until } : undefined;
}

/** By days of the calendar: one on which clocks are changed has 23 or 25 hours. */
function inMonthEnd({ zone, monthEnd: { lastDays, firstDays } }: Freeze, now: Date): Frozen | undefined {
  if (lastDays + firstDays === 0) return undefined;
  const today = plainDateIn(zone, now);
  const isClosing = ({ day, daysInMonth }: typeof today): boolean =>
    day <= firstDays || daysInMonth - day < lastDays;
  let end = today;
  while (isClosing(end)) end = end.add({ days: 1 });
  return end === today ? undefined : { name: 'month-end close', until: beginOf(end, zone) };
}
