import { moment, readable } from '../../domain/words.ts';
import * as z from 'zod';
import { runIdOfAlarm, runIdOfRequest } from '../../intake/start/run-id.ts';
import { createStart } from '../../intake/start/start-run.ts';
import { RunRequest } from '../../domain/run-request.ts';
import type { Caller } from '../../domain/run-request.ts';
import { auditRun } from '../../record/orders.ts';
import { skippedRuns, type SkippedRun } from '../../record/runs.ts';
import { EVERYBODY, command } from '../definition.ts';
import { aligned } from '../../platform/text-table.ts';
import { Reason } from './orders.ts';

const told = ({ run, playbook, target, at, figures }: SkippedRun): string[] => [
  moment(at),
  [playbook, ...Object.values(target)].join(' '),
  run,
  readable(figures),
];

export const skipped = command({
  about: 'what the kill switch has kept from being done, and nobody has done since',
  usage: 'skipped',
  schema: z.strictObject({}),
  may: EVERYBODY,
  async answer({ pool }) {
    const runs = await skippedRuns(pool);
    const text =
      runs.length === 0
        ? 'nothing was skipped that nobody has taken up since.'
        : ['skipped, with the time of the first look, UTC:', ...aligned(runs.map(told))].join('\n');
    return { ok: true, text, data: runs.map(({ run, playbook, target }) => ({ run, playbook, target })) };
  },
});

/** Each gets an id derived from the old one: repeated, it starts nothing. */
function again({ run, request }: SkippedRun, caller: Caller, reason: string, at: string): RunRequest {
  const old = RunRequest.parse(request);
  if ('alarm' in old.cause) {
    const slot = `after ${run}`;
    return {
      ...old,
      run: runIdOfAlarm(old.playbook, old.cause.alarm, slot),
      cause: { kind: 'sweep', alarm: old.cause.alarm, slot: at },
    };
  }
  const cause = {
    kind: 'manual' as const,
    by: caller.person,
    caller,
    reason: `${reason} (after ${run})`,
    at,
  };
  return { ...old, run: runIdOfRequest(old.playbook, `after ${run}`, 'live'), cause };
}

export const catchUp = command({
  about: 'start everything that was skipped, now',
  usage: 'catch-up --reason "…"',
  schema: z.strictObject({ reason: Reason }),
  may: ['operate'],
  async answer({ input, caller, pool, settings, tools, now }) {
    const runs = await skippedRuns(pool);
    const still = runs.filter(({ off }) => off !== null);
    const start = createStart(tools, settings);
    const started: string[][] = [];
    for (const one of runs.filter(({ off }) => off === null)) {
      const at = now.toISOString();
      const request = again(one, caller, input.reason, at);
      const why = `after ${one.run}: ${input.reason}`;
      await auditRun(pool, { caller, action: 'responder.catch-up', run: request.run, at, why });
      const did = await start(request);
      const about = [one.playbook, ...Object.values(one.target)].join(' ');
      started.push([request.run, did === 'started' ? about : `${about}; it was started before`]);
    }
    const left = still.map(({ playbook, run, off }) => [
      run,
      playbook,
      `still switched off; first \`${off === 'all' ? 'resume' : `resume ${off}`} --reason "…"\``,
    ]);
    const head =
      started.length === 0
        ? 'nothing was started.'
        : `${started.length} started; each looks anew whether anything is to be done:`;
    return { ok: still.length === 0, text: [head, ...aligned(started), ...aligned(left)].join('\n') };
  },
});
