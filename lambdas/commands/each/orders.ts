import * as z from 'zod';
import { Trust } from '../../domain/limits.ts';
import { playbookIds } from '../../catalog/playbooks/registry.ts';
import { closeBreaker, putSwitch, putTrust, type Order } from '../../record/orders.ts';
import { command, type CommandCall } from '../definition.ts';

export const PlaybookId = z
  .string()
  .refine((id) => playbookIds.includes(id), { error: `one of ${playbookIds.join(', ')}` });
/** It travels into checkpoints, messages and the audit, which have limits of their own. */
export const Reason = z.string().trim().min(1).max(1_000, 'at most 1,000 characters');

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
    const did = await putSwitch(call.pool, order, { scope, paused: true });
    return {
      ok: true,
      text: did
        ? `${named(scope)} is switched off. What is not sent yet is not sent; what AWS has accepted goes on. \`skipped\` lists what this leaves undone.`
        : `${named(scope)} was switched off before.`,
    };
  },
});

export const resume = command({
  about: 'switch on again what was paused',
  usage: 'resume [playbook] --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId.optional(), reason: Reason }),
  may: ['administer'],
  async answer(call) {
    const scope = scopeOf(call.input.playbook);
    const order = orderOf(call, 'resume', scope, call.input.reason);
    const did = await putSwitch(call.pool, order, { scope, paused: false });
    return {
      ok: true,
      text: did
        ? `${named(scope)} is switched on. The sweep starts what was skipped and still stands within its next round; \`catch-up\` starts it now.`
        : `${named(scope)} was not switched off.`,
    };
  },
});

export const reset = command({
  about: 'close a playbook’s breaker, after having found out why it opened',
  usage: 'reset <playbook> --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId, reason: Reason }),
  may: ['administer'],
  async answer(call) {
    const { playbook, reason } = call.input;
    const did = await closeBreaker(call.pool, playbook, orderOf(call, 'reset', playbook, reason));
    return did
      ? {
          ok: true,
          text: `the breaker of ${playbook} is closed. Its trust stays lowered until somebody raises it: \`trust ${playbook} <rung>\`.`,
        }
      : { ok: false, text: `the breaker of ${playbook} is not open; nothing was changed.` };
  },
});

export const trust = command({
  about: 'how far a playbook may go: shadow, approve or auto',
  usage: 'trust <playbook> <shadow|approve|auto> --reason "…"',
  schema: z.strictObject({ playbook: PlaybookId, rung: Trust, reason: Reason }),
  may: ['administer'],
  async answer(call) {
    const { playbook, rung, reason } = call.input;
    const did = await putTrust(
      call.pool,
      playbook,
      rung,
      orderOf(call, 'trust', playbook, `${rung}: ${reason}`),
    );
    return did
      ? { ok: true, text: `${playbook} stands on "${rung}" from now on.` }
      : {
          ok: false,
          text: `the breaker of ${playbook} is open: nothing was changed. Find out why, \`reset\` it, then set its trust.`,
        };
  },
});
