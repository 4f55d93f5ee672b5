import * as z from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { runIdOfRequest } from '../../intake/start/run-id.ts';
import { createStart } from '../../intake/start/start-run.ts';
import { playbookById } from '../../catalog/playbooks/registry.ts';
import { auditRun } from '../../record/orders.ts';
import { command } from '../definition.ts';
import { PlaybookId, Reason } from './orders.ts';

export const run = command({
  about: 'start a playbook, as yourself: who asked is proven, so its plan may be approved by others',
  usage: 'run <playbook> --target <key>=<value> … --reason "…" [--dry-run]',
  schema: z.strictObject({
    playbook: PlaybookId,
    target: z.record(z.string(), z.string()),
    reason: Reason,
    dryRun: z.boolean().default(false),
  }),
  identity: true,
  async answer({ input, caller, pool, settings, tools, now }) {
    const playbook = playbookById(input.playbook);
    const target = playbook?.target.safeParse(input.target);
    if (!playbook || !target?.success) {
      const why = target?.error ? z.prettifyError(target.error) : 'there is no such playbook';
      return {
        ok: false,
        text: `${input.playbook} cannot be run on ${JSON.stringify(input.target)}; nothing was started.\n${why}`,
      };
    }
    const at = now.toISOString();
    const mode = input.dryRun ? 'dry-run' : 'live';
    // Two commands of one moment are two runs, unless they want the same.
    const id = runIdOfRequest(playbook.id, `${caller.arn} ${at} ${canonicalJson(target.data)}`, mode);
    const words = Object.entries(target.data).map(([key, value]) => `${key} ${value}`);
    const why = `${[playbook.id, ...words].join(', ')} (${mode}): ${input.reason}`;
    await auditRun(pool, { caller, action: 'responder.run', run: id, at, why });
    await createStart(
      tools,
      settings,
    )({
      run: id,
      playbook: playbook.id,
      target: target.data,
      mode,
      cause: { kind: 'manual', by: caller.person, caller, reason: input.reason, at },
    });
    return {
      ok: true,
      text: `run ${id} is started; \`why ${id}\` tells what becomes of it.`,
      data: { run: id },
    };
  },
});
