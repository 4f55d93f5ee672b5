import * as z from 'zod';
import { transaction } from '../../platform/ledger/transaction.ts';
import { auditOrder } from '../../record/orders.ts';
import { command } from '../definition.ts';
import { Reason } from './orders.ts';

const Day = z.iso.date('a day in UTC, such as 2026-11-26');

/** The audit's check reads the order: it says nothing of what happened in these days, only who knows why. */
export const explainGap = command({
  about: 'say why the audit has no anchors of some days, as `npm run audit -- verify` names them',
  usage: 'explain-gap <from> <to> --reason "…"',
  schema: z.strictObject({ from: Day, to: Day, reason: Reason }),
  may: ['administer'],
  async answer({ input: { from, to, reason }, caller, pool, now }) {
    if (from > to)
      return {
        ok: false,
        text: `${from} is after ${to}; wanted the first day and the last. Nothing was recorded.`,
      };
    if (to >= now.toISOString().slice(0, 10))
      return { ok: false, text: `${to} is not over: nothing was recorded. Days are explained afterwards.` };
    await transaction(pool, (on) =>
      auditOrder(on, {
        caller,
        action: 'responder.explain-gap',
        object: { type: 'anchors', id: `${from}/${to}` },
        at: now.toISOString(),
        why: reason,
      }),
    );
    return {
      ok: true,
      text: 'recorded. `npm run audit -- verify` shows the days with your reason, if the anchors leave out just these.',
    };
  },
});
