import { Cron } from 'croner';
import type { Freeze, FreezeWindow } from '../domain/freeze-window.ts';
import { beginOf, plainDateIn } from './calendar.ts';

export interface Frozen {
  readonly name: string;
  readonly until: Date;
}

/** The freeze around `now` that ends last; undefined outside of all. */
export function frozenAt(freeze: Freeze, now: Date): Frozen | undefined {
  const all = freeze.windows.flatMap((window) => inWindow(window, freeze.zone, now) ?? []);
  const close = inMonthEnd(freeze, now);
  return [...all, ...(close ? [close] : [])].sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

/** All are equally long, so the last one to begin ends last. The end itself is outside. */
function inWindow({ name, cron, minutes }: FreezeWindow, timezone: string, now: Date): Frozen | undefined {
  // Croner gives runs before a moment; one at this very moment counts too.
  const [begin] = new Cron(cron, { timezone, paused: true }).previousRuns(1, new Date(now.getTime() + 1));
  const until = begin && new Date(begin.getTime() + minutes * 60_000);
  return until && until > now ? { name, until } : undefined;
}

/** By calendar days: one on which clocks change has 23 or 25 hours. */
function inMonthEnd({ zone, monthEnd: { lastDays, firstDays } }: Freeze, now: Date): Frozen | undefined {
  if (lastDays + firstDays === 0) return undefined;
  const today = plainDateIn(zone, now);
  const isClosing = ({ day, daysInMonth }: typeof today): boolean =>
    day <= firstDays || daysInMonth - day < lastDays;
  let end = today;
  while (isClosing(end)) end = end.add({ days: 1 });
  return end === today ? undefined : { name: 'month-end close', until: beginOf(end, zone) };
}
