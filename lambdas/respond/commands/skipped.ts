import type { Pool } from 'pg';
import * as z from 'zod';
import { runIdOfAlarm, runIdOfRequest } from '../../dispatcher/run-id.ts';
import { createStart } from '../../dispatcher/start-run.ts';
import { RunRequest } from '../../engine/request.ts';
import type { Caller } from '../../engine/request.ts';
import { command } from '../definition.ts';
import { Reason } from './orders.ts';

interface Skipped {
  readonly run: string;
  readonly playbook: string;
  readonly target: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly figures: string;
  readonly request: unknown;
  /** The switch that it was skipped by is still thrown. */
  readonly paused: boolean;
}

/** The newest run of each playbook and target that the kill switch kept from acting, and that no other has followed. */
const SKIPPED = `
with off as (
  select run.*, guard.figures from responder.run
  join lateral (select figures from responder.guard where guard.run_id = run.run_id and guard = 'kill-switch'
                and answer = 'refuse' limit 1) guard on true
  where mode = 'live' and outcome in ('refused', 'escalated')
)
select distinct on (playbook, target_key) run_id as run, playbook, target, opened_at as at, figures, request,
       exists (select from responder.switch where paused and scope in ('all', off.playbook)) as paused
from off
where not exists (select from responder.run later where later.playbook = off.playbook and later.target_key = off.target_key
                  and later.mode = 'live' and later.arrival > off.arrival and later.run_id not in (select run_id from off))
order by playbook, target_key, arrival desc`;

const skippedRuns = async (pool: Pool): Promise<Skipped[]> => (await pool.query<Skipped>(SKIPPED)).rows;

const told = ({ run, playbook, target, at, figures }: Skipped): string =>
  `  ${at.toISOString()}  ${[playbook, ...Object.values(target)].join(' ')}  ${run}  (${figures})`;

export const skipped = command({
  about: 'what the kill switch has kept from being done, and nobody has done since',
  usage: 'skipped',
  schema: z.strictObject({}),
  identity: false,
  async answer({ pool }) {
    const runs = await skippedRuns(pool);
    const text =
      runs.length === 0
        ? 'nothing was skipped that nobody has taken up since.'
        : `skipped:\n${runs.map(told).join('\n')}`;
    return { ok: true, text, data: runs.map(({ run, playbook, target }) => ({ run, playbook, target })) };
  },
});

/** Each of them anew, under an id of its own: given twice, the second starts nothing. */
function again({ run, request }: Skipped, caller: Caller, reason: string, at: string): RunRequest {
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
  identity: true,
  async answer({ input, caller, pool, settings, tools, now }) {
    const runs = await skippedRuns(pool);
    const off = runs.filter(({ paused }) => paused);
    const start = createStart(tools, settings);
    const lines: string[] = [];
    for (const one of runs.filter(({ paused }) => !paused)) {
      const request = again(one, caller, input.reason, now.toISOString());
      lines.push(
        `  ${request.run}: ${await start(request)} for ${one.playbook} ${Object.values(one.target).join(' ')}`,
      );
    }
    const left = off.map((one) => `${told(one)}: still switched off, \`resume\` it first`);
    const head =
      lines.length === 0
        ? 'nothing was started.'
        : `${lines.length} started; each looks anew whether anything is to be done:`;
    return { ok: off.length === 0, text: [head, ...lines, ...left].join('\n') };
  },
});
