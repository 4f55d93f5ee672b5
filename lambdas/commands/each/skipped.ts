import { moment, readable } from '../../domain/words.ts';
import * as z from 'zod';
import { runIdOfKey } from '../../intake/start/run-id.ts';
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
        : ['skipped, with the time of the first check, UTC:', ...aligned(runs.map(told))].join('\n');
    return { ok: true, text, data: runs.map(({ run, playbook, target }) => ({ run, playbook, target })) };
  },
});

/**
 * The same order once more, in the name of the person who catches up: an undo stays an undo. Under an id of its own:
 * given twice, the second starts nothing.
 * @returns undefined for what follows by itself
 */
export function caughtUp(
  { run, request }: Pick<SkippedRun, 'run' | 'request'>,
  { caller, reason, at }: { caller: Caller; reason: string; at: string },
): RunRequest | undefined {
  const { startedBy: _before, ...old } = RunRequest.parse(request);
  const { cause, playbook, mode } = old;
  const id = { run: runIdOfKey(playbook, 'catch-up', run, mode) };
  const person = { by: caller.person, caller, reason: `${reason} (after ${run})`.slice(0, 1_100), at };
  switch (cause.kind) {
    case 'alarm':
    case 'sweep':
      return { ...old, ...id, cause: { kind: 'sweep', alarm: cause.alarm, slot: at }, startedBy: caller };
    case 'manual':
      return { ...old, ...id, cause: { kind: 'manual', ...person } };
    case 'replay':
    case 'undo':
      return { ...old, ...id, cause: { ...cause, ...person } };
    case 'recovery':
    case 'upstream':
      return undefined;
  }
}

export const catchUp = command({
  about: 'start everything that was skipped, now',
  usage: 'catch-up --reason "…"',
  schema: z.strictObject({ reason: Reason }),
  may: ['operate'],
  async answer({ input, caller, pool, start, now }) {
    const runs = await skippedRuns(pool);
    const still = runs.filter(({ off }) => off !== null);
    const started: string[][] = [];
    const followed: string[][] = [];
    for (const one of runs.filter(({ off }) => off === null)) {
      const at = now.toISOString();
      const request = caughtUp(one, { caller, reason: input.reason, at });
      if (!request) {
        followed.push([one.run, one.playbook, 'it only checked; the sweep checks again within the hour']);
        continue;
      }
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
        : `${started.length} started; each checks again whether anything is to be done:`;
    return {
      ok: still.length === 0,
      text: [head, ...aligned(started), ...aligned(followed), ...aligned(left)].join('\n'),
    };
  },
});
