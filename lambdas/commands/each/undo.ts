import * as z from 'zod';
import { runIdOfKey } from '../../intake/start/run-id.ts';
import { undoingOf } from '../../engine/undo.ts';
import { auditRun } from '../../record/orders.ts';
import { createRecordReader } from '../../record/read.ts';
import { command } from '../definition.ts';
import { Reason, RunId } from './orders.ts';

export const undo = command({
  about: 'undo what a run did without effect, by the compensations that its actions declare',
  usage: 'undo <run> --reason "…"',
  schema: z.strictObject({ run: RunId, reason: Reason }),
  may: ['operate'],
  async answer({ input, caller, pool, start, now }) {
    const no = (why: string) => ({
      ok: false,
      text: `run ${input.run} is not undone: ${why}. Nothing was started.`,
    });
    const record = createRecordReader(pool);
    const undoing = await undoingOf(record, input.run);
    if ('no' in undoing) return no(undoing.no);
    const { plan, playbook, status } = undoing;
    const id = runIdOfKey(playbook.id, 'undo', input.run, 'live');
    const what = plan.map(({ action }) => action).join(', then ');
    const before = await record.status(id);
    const first = before && (await record.requestOf(id));
    if (first && !(first.cause.kind === 'undo' && first.cause.of === input.run))
      return no(
        `its id ${id} belongs to a run that is no undo of it; look at \`why ${id}\`, and notify the owner of the responder`,
      );
    if (before) {
      const became = before.outcome ?? 'is at work';
      return {
        ok: true,
        text: `run ${id} was started before: ${what}; it ${became}. \`why ${id}\` shows more.`,
        data: { run: id, plan },
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
    await start({
      run: id,
      playbook: playbook.id,
      target: status.target,
      mode: 'live',
      cause: { kind: 'undo', of: input.run, by: caller.person, caller, reason: input.reason, at },
    });
    return {
      ok: true,
      text: `run ${id} is started: ${what}; the same guards hold for it. \`why ${id}\` shows how it ends.`,
      data: { run: id, plan },
    };
  },
});
