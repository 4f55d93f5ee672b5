import * as z from 'zod';
import { playbookById } from '../../catalog/playbooks/registry.ts';
import { aboutWords, Target, type Mode } from '../../domain/run-request.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { checked } from '../../platform/checked.ts';
import { command, type Answer } from '../definition.ts';
import { personOf, startCallOf, startRequested, type StartCall } from '../requested-run.ts';
import { PlaybookId, Reason } from './orders.ts';

export async function startPlaybook(
  { playbook: id, target: given, mode }: { playbook: string; target: Target; mode: Mode },
  call: StartCall,
): Promise<Answer> {
  const playbook = playbookById(id);
  if (!playbook) throw new Error(`there is no playbook "${id}"`);
  const read = checked(playbook.target, given);
  if ('mistakes' in read) {
    const example = playbook.targetOf({ name: playbook.alarms[0]?.name ?? id, changedAt: new Date(call.at) });
    const text = `${id} got a wrong target; nothing was started.\n${read.mistakes}\nWanted, for example: ${JSON.stringify(example)}`;
    return { ok: false, text };
  }
  const target = read.data;
  const run = call.idOf(id, 'manual', mode, canonicalJson(target));
  await call.audit?.('run', run, `${aboutWords(id, target)} (${mode}): ${call.reason}`);
  const cause = { kind: 'manual', ...personOf(call) } as const;
  return startRequested({ run, playbook: id, target, mode, cause }, call);
}

export const run = command({
  about: 'start a playbook, as yourself: who asked is proven, so its plan may be approved by others',
  usage: 'run <playbook> --target <key>=<value> … --reason "…" [--dry-run]',
  schema: z.strictObject({
    playbook: PlaybookId,
    target: Target,
    reason: Reason,
    dryRun: z.boolean().default(false),
  }),
  may: ['operate'],
  answer: (call) =>
    startPlaybook({ ...call.input, mode: call.input.dryRun ? 'dry-run' : 'live' }, startCallOf(call)),
});
