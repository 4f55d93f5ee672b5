import { randomUUID } from 'node:crypto';
import { playbooks } from '../catalog/playbooks/registry.ts';
import type { Trust } from '../domain/limits.ts';
import { announceUnsent } from '../notifications/announce.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import type { Queryable } from '../platform/ledger/queryable.ts';
import { moment } from '../domain/words.ts';
import { trustOf } from '../engine/guards/facts.ts';
import { closeBreaker, putSwitch, putTrust, auditOrder, type Order } from '../record/orders.ts';
import { putAnnouncement } from '../record/announcements.ts';
import {
  closePendingOrder,
  putPendingOrder,
  takePendingOrder,
  type PendingOrder,
  type Raise,
} from '../record/pending-orders.ts';
import { standingOf } from '../record/standing.ts';
import { standingsOf, switchesOf } from '../record/standing-orders.ts';
import type { Answer, CommandCall } from './definition.ts';

/** Orders that let the machine do more than before: announced, and confirmed by a second person where money moves. */

const RUNGS: readonly Trust[] = ['shadow', 'approve', 'auto'];

const playbooksOf = (scope: string) => playbooks.filter(({ id }) => scope === 'all' || id === scope);

const concernsMoney = ({ scope }: Raise): boolean =>
  playbooksOf(scope).some(({ actions }) => actions.some(({ money }) => money === true));

const named = (scope: string): string => (scope === 'all' ? 'everything' : scope);

export const inWords = (raise: Raise): string => {
  switch (raise.action) {
    case 'resume':
      return `resume ${named(raise.scope)}`;
    case 'reset':
      return `reset the breaker of ${raise.scope}`;
    case 'trust':
      return `set the trust of ${raise.scope} to "${raise.trust}"`;
  }
};

const orderOf = (raise: Raise, { caller, now }: CommandCall, action: string, why: string): Order => ({
  caller,
  action: `responder.${action}`,
  object: { type: 'playbook', id: raise.scope },
  at: now.toISOString(),
  ...(raise.action === 'trust' ? { why: `${raise.trust}: ${why}`, trust: raise.trust } : { why }),
});

function put(on: Queryable, raise: Raise, order: Order): Promise<boolean> {
  switch (raise.action) {
    case 'resume':
      return putSwitch(on, order, { scope: raise.scope, paused: false });
    case 'reset':
      return closeBreaker(on, raise.scope, order);
    case 'trust':
      return putTrust(on, raise.scope, raise.trust, order);
  }
}

/** Now, or once a second person has confirmed it. @param reason what the person says */
export async function raise(call: CommandCall, order: Raise, reason: string): Promise<Answer> {
  await announce(call);
  const { answer, waits } = await transaction(call.pool, async (on): Promise<Ordered> => {
    const no = await whyNot(on, order, call);
    if (no !== undefined) return { answer: { ok: false, text: no } };
    const lowers = order.action === 'trust' && !(await isHigher(on, order, call));
    if (!lowers && concernsMoney(order)) return { answer: await pending(on, order, reason, call) };
    if (!(await put(on, order, orderOf(order, call, order.action, reason))))
      return { answer: overtaken(order) };
    await noted(on, order, call, { reason, awaited: !lowers });
    return { answer: { ok: true, text: done(order) }, waits: !lowers };
  });
  return (await announce(call)) || !waits ? answer : inEffectLater(order);
}

interface Ordered {
  readonly answer: Answer;
  /** It takes effect once people are notified. */
  readonly waits?: boolean;
}

/** Somebody else's order came between. */
const overtaken = (order: Raise): Answer => ({
  ok: false,
  text: `${inWords(order)}: nothing was changed, because another order came first; \`list\` shows what is in force.`,
});

const done = (raise: Raise): string => {
  switch (raise.action) {
    case 'resume':
      return `${named(raise.scope)} is switched on. The sweep starts what was skipped and is still needed within its next round; \`catch-up\` starts it now.`;
    case 'reset':
      return `the breaker of ${raise.scope} is closed. Its trust stays lowered until somebody raises it: \`trust ${raise.scope} <level>\`.`;
    case 'trust':
      return `${raise.scope} has trust "${raise.trust}" from now on.`;
  }
};

/** As guards believe it: a level that nobody has ordered is not where the next order begins. */
async function currentTrust(on: Queryable, playbook: string, { settings, now }: CommandCall): Promise<Trust> {
  const about = { run: '', playbook, targetKey: '', now: now.toISOString() };
  return trustOf(settings.limits, await standingOf(on, about));
}

const isHigher = async (
  on: Queryable,
  { scope, trust }: Extract<Raise, { action: 'trust' }>,
  call: CommandCall,
) => RUNGS.indexOf(trust) > RUNGS.indexOf(await currentTrust(on, scope, call));

/** What makes it wrong to order at all. */
async function whyNot(on: Queryable, order: Raise, call: CommandCall): Promise<string | undefined> {
  if (order.action === 'resume') {
    const found = (await switchesOf(on)).find(({ scope, paused }) => scope === order.scope && paused);
    return found ? undefined : `${named(order.scope)} was not switched off; nothing was changed.`;
  }
  const row = (await standingsOf(on)).find(({ playbook }) => playbook === order.scope);
  const open = row?.breakerSince != null;
  if (order.action === 'reset')
    return open ? undefined : `the breaker of ${order.scope} is not open; nothing was changed.`;
  if (open)
    return `the breaker of ${order.scope} is open: nothing was changed. Find out why, \`reset\` it, then set its trust.`;
  const from = await currentTrust(on, order.scope, call);
  return RUNGS.indexOf(order.trust) > RUNGS.indexOf(from) + 1
    ? `${order.scope} has trust "${from}": nothing was changed. Raise it by one level at a time: \`trust ${order.scope} approve --reason "…"\`.`
    : undefined;
}

async function pending(on: Queryable, order: Raise, reason: string, call: CommandCall): Promise<Answer> {
  const { caller, now, settings } = call;
  const id = `O-${randomUUID().slice(0, 8)}`;
  const expiresAt = new Date(now.getTime() + settings.limits.approvalHours * 3_600_000);
  const row: PendingOrder = { ...order, id, person: caller.person, reason, expiresAt };
  await putPendingOrder(on, row, { arn: caller.arn, at: now });
  await auditOrder(on, orderOf(order, call, `${order.action}.ordered`, `${id}: ${reason}`));
  const until = moment(expiresAt, now);
  await noted(on, order, call, {
    says: `${caller.person} has ordered: ${inWords(order)}. A second person must confirm it by ${until}`,
    reason,
    command: `npm run respond -- confirm ${id}`,
    awaited: false,
  });
  return {
    ok: true,
    text: `${inWords(order)}: recorded as ${id}. It concerns money, so another person must confirm it by ${until}: \`confirm ${id}\`. Until then nothing changes.`,
    data: { order: id, expiresAt: expiresAt.toISOString() },
  };
}

/** The second person's word: carried out as if given now. */
export async function confirm(call: CommandCall, id: string): Promise<Answer> {
  const { caller, now } = call;
  await announce(call);
  const confirmed = await transaction(call.pool, async (on): Promise<Answer | PendingOrder> => {
    const taken = await takePendingOrder(on, id, { person: caller.person, now });
    if ('no' in taken) return { ok: false, text: `${id} is not confirmed: ${taken.no}.` };
    const why = `${taken.reason} (${id}, ordered by ${taken.person}, confirmed by ${caller.person})`;
    const no =
      (await whyNot(on, taken, call)) ??
      ((await put(on, taken, orderOf(taken, call, taken.action, why))) ? undefined : overtaken(taken).text);
    if (no !== undefined) {
      await closePendingOrder(on, id, now, { void: no });
      return { ok: false, text: `${id} is void: ${no}` };
    }
    await closePendingOrder(on, id, now, { by: caller.person });
    const says = `${taken.person} and ${caller.person} have ordered: ${inWords(taken)}`;
    await noted(on, taken, call, { says, reason: taken.reason, awaited: true });
    return taken;
  });
  if ('ok' in confirmed) return confirmed;
  return (await announce(call))
    ? { ok: true, text: done(confirmed), data: { order: id } }
    : inEffectLater(confirmed);
}

interface Note {
  readonly says?: string;
  readonly reason: string;
  readonly command?: string;
  readonly awaited: boolean;
}

/** In the order's transaction; sent once it is committed. */
const noted = (
  on: Queryable,
  order: Raise,
  { caller, now }: CommandCall,
  { says = `${caller.person} has ordered: ${inWords(order)}`, reason, command, awaited }: Note,
): Promise<void> =>
  putAnnouncement(
    on,
    { says, reason, command: command ?? null },
    { raise: order, at: now.toISOString(), awaited },
  );

/** Everything that is recorded and not sent yet. @returns false when people could not be notified */
async function announce({ pool, settings, notify, now, log }: CommandCall): Promise<boolean> {
  try {
    await announceUnsent(pool, { settings, notify, now });
    return true;
  } catch (error) {
    log.error('orders could not be announced; the sweep retries it', { error });
    return false;
  }
}

const inEffectLater = (order: Raise): Answer => ({
  ok: false,
  text: `${inWords(order)}: recorded, but people could not be notified of it. It takes effect once they are; the sweep retries that in each of its rounds. Until then nothing changes.`,
});
