import type { Alarm } from '../../domain/alarm.ts';
import { runIdOfAlarm } from '../start/run-id.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { RecordedRun } from '../../record/runs.ts';

/** What people have ordered for a playbook, as far as the sweep goes by it. */
export interface Orders {
  /** Why no run of it would act: it is switched off, or its breaker is open. Undefined: it may. */
  readonly off: string | undefined;
  /** When it was last switched on, or its breaker closed: what was refused before is looked at again. */
  readonly onSince: Date | undefined;
}

export interface SweepWorld {
  readonly now: Date;
  readonly ordersOf: (playbook: string) => Orders;
  /** Alarms that stand in ALARM now, with the playbook that each belongs to. */
  readonly standing: readonly { readonly alarm: Alarm; readonly playbook: string }[];
  /** Live runs that have not ended, and those opened since the oldest standing transition. */
  readonly runs: readonly RecordedRun[];
}

export interface Skipped {
  readonly alarm: string;
  readonly reason: string;
}

/** An alarm is given this long to reach its run by itself: delivery, retries, a cold start. */
const GRACE_MS = 10 * 60_000;
/** A run that was turned away or could not tell is followed by another one at most once in this time. */
const SLOT_MS = 60 * 60_000;
/**
 * Ended, and nobody is at work: the next look may find another world. After the other outcomes people are at it, and
 * after a run that acted and failed, too: the machine does not act again under their hands.
 */
function isWorthAnother({ outcome, acted }: RecordedRun): boolean {
  return outcome === 'refused' || outcome === 'inconclusive' || (outcome === 'failed' && !acted);
}

/** Which runs the sweep starts, and why it leaves the other standing alarms alone. Pure: its test is a table. */
export function chooseRuns({ now, standing, runs, ordersOf }: SweepWorld): {
  start: RunRequest[];
  skipped: Skipped[];
} {
  const start: RunRequest[] = [];
  const skipped: Skipped[] = [];
  for (const { alarm, playbook } of standing) {
    const last = lastRun(alarm, runs);
    const orders = ordersOf(playbook);
    const reason = whyNot({ alarm, playbook, now, runs, last, orders });
    if (reason) {
      skipped.push({ alarm: alarm.name, reason });
      continue;
    }
    // The end of its cause is a moment of its own: within the hour another run may have had that hour's name.
    const hour = new Date(Math.floor(now.getTime() / SLOT_MS) * SLOT_MS);
    // Of an earlier hour it is not taken: a run of that name that died unrecorded would keep all others from starting.
    const overs = last ? endsOf(last, orders).filter((over) => over > hour && over <= now) : [];
    const slot = (overs.at(-1) ?? hour).toISOString();
    const run = runIdOfAlarm(playbook, alarm, slot);
    start.push({ run, playbook, cause: { kind: 'sweep', alarm, slot }, mode: 'live' });
  }
  return { start, skipped };
}

/** The newest run that this transition has had. */
const lastRun = (alarm: Alarm, runs: readonly RecordedRun[]): RecordedRun | undefined =>
  runs
    .filter((run) => run.alarm === alarm.name && run.openedAt.getTime() >= Date.parse(alarm.changedAt))
    .sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime())
    .at(-1);

/** When what the run waited for was over, earliest first: its cause, its refusal's reason, an order of people. */
const endsOf = ({ waitsFor, lookAgainAt, endedAt }: RecordedRun, { onSince }: Orders): readonly Date[] =>
  [waitsFor?.closedAt, lookAgainAt, onSince]
    .filter((over): over is Date => over instanceof Date && over > (endedAt ?? over))
    .sort((a, b) => a.getTime() - b.getTime());

interface Weighed {
  readonly alarm: Alarm;
  readonly playbook: string;
  readonly now: Date;
  readonly runs: readonly RecordedRun[];
  readonly last: RecordedRun | undefined;
  readonly orders: Orders;
}

function whyNot({ alarm, playbook, now, runs, last, orders }: Weighed): string | undefined {
  if (alarm.suppressedBy !== undefined) return `its actions are suppressed by ${alarm.suppressedBy}`;
  const since = Date.parse(alarm.changedAt);
  if (now.getTime() - since < GRACE_MS) return 'it has only just changed';
  const isOurs = (run: RecordedRun): boolean =>
    run.playbook === playbook && (run.alarm === alarm.name || run.alarm === null);
  const open = runs.find((run) => isOurs(run) && run.endedAt === null);
  if (open) return `run ${open.run} is at work`;
  // The first run says so to people; another one after another would say the same.
  if (last && orders.off !== undefined) return orders.off;
  if (!last) return undefined; // no run has ever heard of this transition: its delivery was lost
  if (!isWorthAnother(last)) return `run ${last.run} ended ${last.outcome ?? ''}: people know`;
  // The run that it gave way to may be at work for another alarm of the playbook.
  const holder = runs.find(({ run }) => run === last.joinedRun);
  if (holder?.endedAt === null) return `run ${holder.run} is at work`;
  if (holder && !isWorthAnother(holder))
    return `run ${holder.run} ended ${holder.outcome ?? ''}: people know`;
  // It gave way to a run that has ended since: nobody is at work, and nothing is gained by waiting.
  if (last.joinedRun !== null) return undefined;
  if (last.waitsFor?.closedAt) return undefined;
  if (endsOf(last, orders).some((over) => over <= now)) return undefined;
  if (last.lookAgainAt && last.lookAgainAt > now)
    return `run ${last.run} was refused until ${last.lookAgainAt.toISOString()}`;
  const idle = now.getTime() - (last.endedAt?.getTime() ?? 0);
  if (idle >= SLOT_MS) return undefined;
  return last.waitsFor
    ? `it waits for ${last.waitsFor.incident}`
    : `run ${last.run} ended ${last.outcome ?? ''} less than an hour ago`;
}
