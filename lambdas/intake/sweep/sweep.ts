import { playbookById } from '../../catalog/playbooks/registry.ts';
import { SEVERITIES, type Severity } from '../../domain/decision.ts';
import type { Alarm } from '../../domain/alarm.ts';
import { isLeftToPeople } from '../../engine/news.ts';
import { runIdOfAlarm } from '../start/run-id.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { RecordedRun } from '../../record/runs.ts';

/** What people have ordered for a playbook. */
export interface Orders {
  /** Why no run of it would act: it is switched off, or its breaker is open. */
  readonly off: string | undefined;
  /** When it was last switched on, or its breaker closed: earlier refusals are checked again. */
  readonly onSince: Date | undefined;
}

export interface SweepState {
  readonly now: Date;
  readonly ordersOf: (playbook: string) => Orders;
  /** Alarms that are in ALARM, with their playbooks. */
  readonly standing: readonly { readonly alarm: Alarm; readonly playbook: string }[];
  /** Live runs that have not ended, and those opened since the oldest standing transition. */
  readonly runs: readonly RecordedRun[];
}

export interface Skipped {
  readonly alarm: string;
  readonly reason: string;
}

/** Time for an alarm to reach its run by itself: delivery, retries, a cold start. */
const GRACE_MS = 10 * 60_000;
/**
 * A run is followed by another check at most once in this time, after any outcome: it acts on what is
 * new, and tells nobody what people know (`engine/choose-target.ts`).
 */
const SLOT_MS = 60 * 60_000;

/** Which runs the sweep starts, and why it skips other standing alarms. Pure: its test is a table. */
export function chooseRuns({ now, standing, runs, ordersOf }: SweepState): {
  start: RunRequest[];
  skipped: Skipped[];
} {
  const start: RunRequest[] = [];
  const skipped: Skipped[] = [];
  const checking = new Set<string>();
  for (const { alarm, playbook } of [...standing].sort(bySeverity)) {
    const last = lastRun(alarm, runs);
    const orders = ordersOf(playbook);
    const reason = whyNot({ alarm, playbook, now, runs, last, orders });
    if (reason) {
      skipped.push({ alarm: alarm.name, reason });
      continue;
    }
    // One check tells of all that stands behind a playbook's alarms: that of the most severe.
    const holder = runs.find(({ run }) => run === last?.joinedRun) ?? last;
    if (holder && isLeftToPeople(holder)) {
      if (checking.has(playbook)) {
        skipped.push({ alarm: alarm.name, reason: 'another alarm of its playbook is checked' });
        continue;
      }
      checking.add(playbook);
    }
    // A moment of its own: within the hour another run may have had that hour's name.
    const hour = new Date(Math.floor(now.getTime() / SLOT_MS) * SLOT_MS);
    // Not from an earlier hour: a crashed, unrecorded run of that name would block all others.
    const overs = last ? endsOf(last, orders).filter((over) => over > hour && over <= now) : [];
    const slot = (overs.at(-1) ?? hour).toISOString();
    const run = runIdOfAlarm(playbook, alarm, slot);
    start.push({ run, playbook, cause: { kind: 'sweep', alarm, slot }, mode: 'live' });
  }
  return { start, skipped };
}

const severityOf = ({ alarm, playbook }: SweepState['standing'][number]): Severity =>
  playbookById(playbook)?.alarms.find(({ name }) => name === alarm.name)?.severity ?? 'SEV-4';

const bySeverity = (a: SweepState['standing'][number], b: SweepState['standing'][number]): number =>
  SEVERITIES.indexOf(severityOf(a)) - SEVERITIES.indexOf(severityOf(b));

/** The newest run of this transition. */
const lastRun = (alarm: Alarm, runs: readonly RecordedRun[]): RecordedRun | undefined =>
  runs
    .filter((run) => run.alarm === alarm.name && run.openedAt.getTime() >= Date.parse(alarm.changedAt))
    .sort((a, b) => a.openedAt.getTime() - b.openedAt.getTime())
    .at(-1);

/** When what the run waited for was over, earliest first: its cause, its refusal's reason, a command. */
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
  // The first run notifies people; further ones would repeat it.
  if (last && orders.off !== undefined) return orders.off;
  if (!last) return undefined; // no run has ever heard of this transition: its delivery was lost
  // The run that it gave way to may work for another alarm of the playbook.
  const holder = runs.find(({ run }) => run === last.joinedRun);
  if (holder?.endedAt === null) return `run ${holder.run} is at work`;
  const idle = now.getTime() - Math.max(...[last, holder].map((run) => run?.endedAt?.getTime() ?? 0));
  // It gave way to a run that has ended since: nobody is working on it, unless that one has called people.
  if (last.joinedRun !== null && !(holder && isLeftToPeople(holder))) return undefined;
  if (last.waitsFor?.closedAt) return undefined;
  if (endsOf(last, orders).some((over) => over <= now)) return undefined;
  if (last.lookAgainAt && last.lookAgainAt > now)
    return `run ${last.run} was refused until ${last.lookAgainAt.toISOString()}`;
  if (idle >= SLOT_MS) return undefined;
  return last.waitsFor
    ? `it waits for ${last.waitsFor.incident}`
    : `run ${(holder ?? last).run} ended ${(holder ?? last).outcome ?? ''} less than an hour ago`;
}
