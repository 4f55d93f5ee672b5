import type { RunStory, Story } from '../story.ts';

/** A record that had to wait for the ledger is of an earlier moment. */
const LATE_MS = 30_000;

/** What people are told, and what is on record, is resolved: by the database's own figures, and by CloudWatch. */
export async function resolved({ world, runs, notes }: Story): Promise<string[]> {
  const told = await Promise.all(
    world.wire.told.map(async ({ run: name, alarms, sick }) => {
      const run = runs.get(name);
      if (!run) return [`tells of a run "${name}" that there is not`];
      const alarm = 'alarm' in run.cause ? run.cause.alarm.name : run.playbook;
      const state = alarms[alarm];
      return [
        ...sickness(run, await sick),
        ...(state !== undefined && state !== 'OK'
          ? [`calls ${name} resolved, and alarm ${alarm} is ${state}`]
          : []),
      ];
    }),
  );
  const recorded = notes.flatMap(({ table, row, sick, wall }) => {
    if (table !== 'run' || row['outcome'] !== 'resolved') return [];
    const late = world.wire.timeOf(wall).getTime() - Date.parse(String(row['ended_at'])) > LATE_MS;
    const run = runs.get(String(row['run_id']));
    return run && !late ? sickness(run, sick ?? []) : [];
  });
  return [...told.flat(), ...recorded];
}

function sickness({ run, playbook, target }: RunStory, sick: readonly string[]): string[] {
  const period = /period=(\d{4}-\d{2})/.exec(target)?.[1];
  const what = period === undefined ? playbook : `${playbook}/${period}`;
  return sick.includes(what) ? [`calls ${run} resolved, and ${what} is sick`] : [];
}
