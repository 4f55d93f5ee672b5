import * as z from 'zod';
import { completeCallback } from '../../platform/complete-callback.ts';
import type { Order } from '../../record/orders.ts';
import { approve, refuse, SHORTEST_PREFIX, type Approving } from '../../record/approving.ts';
import { Reason } from './orders.ts';
import { command, type Answer, type CommandCall } from '../definition.ts';

const id = z
  .string()
  .regex(/^A-[A-Za-z0-9_-]{1,198}$/, 'the id of a request, as `list` and the message show it');

type Call = CommandCall<{ id: string }>;

const orderOf = ({ caller, now, input }: Call, action: string, why: string): Order => ({
  caller,
  action,
  at: now.toISOString(),
  why,
  object: { type: 'approval', id: input.id },
});

/** It is on record before the run is woken; repeated, it wakes the run again. */
async function tell(call: Call, result: Approving): Promise<Answer> {
  const { id } = call.input;
  if (!result.done) {
    if (result.callbackId !== null) await completeCallback(call.tools, result.callbackId, 'decided before');
    return { ok: false, text: `${id} is not changed: ${result.why}.` };
  }
  const { state, given, people, callbackId } = result;
  if (state === 'open') {
    return {
      ok: true,
      text: `${id}: ${given} of ${people} people have approved; another one is needed.`,
      data: result,
    };
  }
  if (callbackId !== null) {
    try {
      await completeCallback(call.tools, callbackId, state);
    } catch (error) {
      const why = (error as Error).message;
      return {
        ok: false,
        text: `${id} is ${state}, but the run could not be woken (${why}): send the command again.`,
      };
    }
  }
  const what =
    state === 'approved'
      ? 'approved; the evidence is checked again, then the plan is carried out'
      : 'refused; nothing is done';
  return { ok: true, text: `${id} is ${what}.`, data: result };
}

export const approveCommand = command({
  about: 'approve of a plan, as it was shown',
  usage: 'approve <id> --plan <first characters of its hash>',
  schema: z.strictObject({
    id,
    plan: z
      .string()
      .regex(/^[0-9a-fA-F]{1,64}$/)
      .min(SHORTEST_PREFIX, `at least ${SHORTEST_PREFIX} characters of the plan's hash`),
  }),
  may: ['approve'],
  answer: async (call) =>
    tell(
      call,
      await approve(
        call.pool,
        call.input.id,
        call.input.plan,
        orderOf(call, 'responder.approve', `plan ${call.input.plan}`),
      ),
    ),
});

export const refuseCommand = command({
  about: 'refuse a plan',
  usage: 'refuse <id> --reason "…"',
  schema: z.strictObject({ id, reason: Reason }),
  may: ['approve'],
  answer: async (call) =>
    tell(call, await refuse(call.pool, call.input.id, orderOf(call, 'responder.refuse', call.input.reason))),
});
