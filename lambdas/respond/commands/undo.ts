import * as z from 'zod';
import { runIdOfRequest } from '../../dispatcher/run-id.ts';
import { createStart } from '../../dispatcher/start-run.ts';
import type { Plan } from '../../engine/decision.ts';
import type { AnyPlaybook } from '../../playbooks/definition.ts';
import { playbookById } from '../../playbooks/registry.ts';
import { auditRun } from '../../record/orders.ts';
import { createRecordReader } from '../../record/read.ts';
import { command } from '../definition.ts';
import { Reason } from './orders.ts';

/** The compensations of a plan, the last action's first; or what of it no machine can undo. */
export function compensationsOf(
  plan: Plan,
  { actions }: AnyPlaybook,
): Plan | { readonly irreversible: readonly string[] } {
  const undone: Plan[number][] = [];
  const irreversible: string[] = [];
  for (const { action: name, params } of [...plan].reverse()) {
    const action = actions.find((one) => one.name === name);
    if (action && !action.changes) continue;
    if (!action) irreversible.push(`${name}: its playbook does not declare it any more`);
    else if ('irreversible' in action.undo)
      irreversible.push(`${name}: ${action.undo.irreversible.replace(/\.$/, '')}`);
    else undone.push({ action: action.undo.by, params: action.undo.params(params) });
  }
  return irreversible.length > 0 ? { irreversible } : undone;
}

export const undo = command({
  about: 'undo what a run did without effect, by the compensations that its actions declare',
  usage: 'undo <run> --reason "…"',
  schema: z.strictObject({ run: z.string().min(1), reason: Reason }),
  identity: true,
  async answer({ input, caller, pool, settings, tools, now }) {
    const no = (why: string) => ({
      ok: false,
      text: `run ${input.run} is not undone: ${why}. Nothing was started.`,
    });
    const reader = createRecordReader(pool);
    const status = await reader.status(input.run);
    if (!status) return no('it is not in the record');
    if (status.outcome !== 'ineffective')
      return no(
        `${status.outcome === null ? 'it is at work' : `it ended ${status.outcome}`}; wanted one that was ineffective, for its actions were done and did not help`,
      );
    const playbook = playbookById(status.playbook);
    if (!playbook) return no(`its playbook ${status.playbook} is not there any more`);
    const { plan = [] } = (status.decision ?? {}) as { plan?: Plan };
    const compensations = compensationsOf(plan, playbook);
    if ('irreversible' in compensations)
      return no(`no machine can undo ${compensations.irreversible.join('; ')}`);
    if (compensations.length === 0) return no('it changed nothing');
    const id = runIdOfRequest(playbook.id, `undo ${input.run}`, 'live');
    const what = compensations.map(({ action }) => action).join(', then ');
    const before = await reader.status(id);
    if (before) {
      const became = before.outcome ?? 'is at work';
      return {
        ok: true,
        text: `run ${id} was started before: ${what}; it ${became}. \`why ${id}\` tells more.`,
        data: { run: id, plan: compensations },
      };
    }
    const at = now.toISOString();
    const order = {
      caller,
      action: 'responder.undo',
      run: id,
      at,
      why: `undo ${input.run}: ${input.reason}`,
    };
    await auditRun(pool, order);
    await createStart(
      tools,
      settings,
    )({
      ...{ run: id, playbook: playbook.id, target: status.target, mode: 'live' },
      cause: {
        ...{
          kind: 'undo',
          of: input.run,
          by: caller.person,
          caller,
          reason: input.reason,
          at,
        },
        plan: compensations.map(({ action, params }) => ({ action, params: { ...params } })),
      },
    });
    return {
      ok: true,
      text: `run ${id} is started: ${what}; the same guards hold for it. \`why ${id}\` tells what becomes of it.`,
      data: { run: id, plan: compensations },
    };
  },
});
