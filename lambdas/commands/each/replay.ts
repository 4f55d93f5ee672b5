import * as z from 'zod';
import { playbookById, playbookIds } from '../../catalog/playbooks/registry.ts';
import type { Mode } from '../../domain/run-request.ts';
import { command, type Answer } from '../definition.ts';
import {
  fromRecord,
  personOf,
  startCallOf,
  startRequested,
  unknownRun,
  type StartCall,
} from '../requested-run.ts';
import { Reason, RunId } from './orders.ts';

/** A new run of the same playbook and target: live on today's data, a dry run on the old run's evidence. */
export async function startReplay(
  { run: of, mode }: { run: string; mode: Mode },
  call: StartCall,
): Promise<Answer> {
  const old = await fromRecord(() => call.record.status(of), call.log);
  if ('error' in old) return { ok: false, text: old.error };
  if (!old.found) return unknownRun(of, call.settings);
  const { playbook, target } = old.found;
  if (!playbookById(playbook)) {
    const text = `run "${of}" was one of playbook "${playbook}", which no longer exists; there are ${playbookIds.join(', ')}`;
    return { ok: false, text };
  }
  const run = call.idOf(playbook, 'replay', mode, `replay ${of}`);
  await call.audit?.('replay', run, `replay ${of} (${mode}): ${call.reason}`);
  const evidence = mode === 'dry-run' ? 'kept' : 'today';
  const cause = { kind: 'replay', of, evidence, ...personOf(call) } as const;
  return startRequested({ run, playbook, target, mode, cause }, call);
}

export const replay = command({
  about: 'run again what a run was about: on today’s data, or with --dry-run on what it saw',
  usage: 'replay <run> --reason "…" [--dry-run]',
  schema: z.strictObject({ run: RunId, reason: Reason, dryRun: z.boolean().default(false) }),
  may: ['operate'],
  answer: (call) =>
    startReplay({ ...call.input, mode: call.input.dryRun ? 'dry-run' : 'live' }, startCallOf(call)),
});
