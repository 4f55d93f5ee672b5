import { playbooks } from '../../catalog/playbooks/registry.ts';
import { openPendingOrders } from '../../record/pending-orders.ts';
import { newestShadows } from '../../record/shadows.ts';
import { standingsOf, switchesOf } from '../../record/standing-orders.ts';
import { inWords } from '../raise.ts';
import type { ViewCall } from './view.ts';

/** How far each playbook may go, what stops it, and how its rehearsals compare with what people did. */
export async function playbooksView({ pool, now, settings }: ViewCall) {
  const standings = new Map((await standingsOf(pool)).map((one) => [one.playbook, one]));
  const switches = (await switchesOf(pool)).filter(({ paused }) => paused);
  const compared = (await newestShadows(pool)).filter(({ verdict }) => verdict !== null);
  return {
    everything: switches.find(({ scope }) => scope === 'all') ?? null,
    orders: (await openPendingOrders(pool, now)).map((order) => ({ ...order, says: inWords(order) })),
    playbooks: playbooks.map(({ id, section, alarms, actions }) => {
      const standing = standings.get(id);
      const own = compared.filter(({ playbook }) => playbook === id);
      return {
        id,
        section,
        what: alarms[0]?.description ?? '',
        money: actions.some(({ money }) => money === true),
        trust: standing?.trust ?? settings.limits.trust.initial,
        trustBy: standing?.trustBy ?? null,
        trustSince: standing?.trustSince ?? null,
        waits: standing?.waits ?? false,
        breaker: standing?.breakerSince ? { since: standing.breakerSince, why: standing.breakerWhy } : null,
        paused: switches.find(({ scope }) => scope === id) ?? null,
        shadows: own.length,
        same: own.filter(({ verdict }) => verdict === 'same').length,
      };
    }),
  };
}
