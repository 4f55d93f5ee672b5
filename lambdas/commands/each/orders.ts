import * as z from 'zod';
import { Trust } from '../../domain/limits.ts';
import { playbookIds } from '../../catalog/playbooks/registry.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import { putSwitch, type Order } from '../../record/orders.ts';
import { confirm as confirmOrder, raise } from '../raise.ts';
import { command, type CommandCall } from '../definition.ts';

export const PlaybookId = z
  .string()
  .refine((id) => playbookIds.includes(id), { error: `one of ${playbookIds.join(', ')}` });
/** It travels into checkpoints, messages and the audit, which have limits of their own. */
export const Reason = z.string().trim().min(1).max(1_000, 'at most 1,000 characters');
/** Names of people, and keys that they choose. */
export const ShortText = z.string().trim().min(1).max(200, 'at most 200 characters');
/** Whole, or short: `INC-41`, `41`, or the beginning of one. */
export const IncidentId = z
  .string()
  .trim()
  .regex(
    /^(?:INC-[\w.-]{1,196}|\d{1,9})$/i,
    'the id of an incident, as `list` and the messages show it: INC-…',
  );
export const RunId = z.string().trim().min(1).max(64, 'the id of a run, at most 64 characters');

const orderOf = ({ caller, now }: CommandCall<unknown>, action: string, id: string, why: string): Order => ({
  caller,
  action: `responder.${action}`,
  object: { type: 'playbook', id },
  at: now.toISOString(),
  why,
});
const scopeOf = (playbook: string | undefined): string => playbook ?? 'all';
const named = (scope: string): string => (scope === 'all' ? 'everything' : scope);

export const pause = command({
  about: 'the kill switch: nothing is sent any more, of one playbook or of all',
  usage: 'pause [playbook] --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId.optional(), reason: Reason }),
  may: ['operate', 'administer'],
  async answer(call) {
    const scope = scopeOf(call.input.playbook);
    const order = orderOf(call, 'pause', scope, call.input.reason);
    const did = await transaction(call.pool, (on) => putSwitch(on, order, { scope, paused: true }));
    return {
      ok: true,
      text: did
        ? `${named(scope)} is switched off. What is not sent yet is not sent; what AWS has accepted goes on. \`skipped\` lists what this leaves undone.`
        : `${named(scope)} was switched off before.`,
    };
  },
});

const SECOND = 'a second person confirms it where money is concerned';

export const resume = command({
  about: `switch on again what was paused; ${SECOND}`,
  usage: 'resume [playbook] --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId.optional(), reason: Reason }),
  may: ['administer'],
  answer: (call) => raise(call, { action: 'resume', scope: scopeOf(call.input.playbook) }, call.input.reason),
});

export const reset = command({
  about: `close a playbook’s breaker, after having found out why it opened; ${SECOND}`,
  usage: 'reset <playbook> --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId, reason: Reason }),
  may: ['administer'],
  answer: (call) => raise(call, { action: 'reset', scope: call.input.playbook }, call.input.reason),
});

export const trust = command({
  about: `how far a playbook may go: shadow, approve or auto; ${SECOND}`,
  usage: 'trust <playbook> <shadow|approve|auto> --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId, rung: Trust, reason: Reason }),
  may: ['administer'],
  answer: (call) => {
    const { playbook: scope, rung, reason } = call.input;
    return raise(call, { action: 'trust', scope, trust: rung }, reason);
  },
});

export const confirm = command({
  about: 'be the second person of an order that needs two',
  usage: 'confirm <id>',
  schema: z.strictObject({
    id: z.string().regex(/^O-[0-9a-f]{8}$/, 'the id of an order, as `list` and the message show it: O-…'),
  }),
  may: ['approve'],
  answer: (call) => confirmOrder(call, call.input.id),
});
