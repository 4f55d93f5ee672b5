import * as z from 'zod';
import { list as sentence, moment, plural, readable } from '../../domain/words.ts';
import { openApprovals } from '../../record/approvals.ts';
import { isAcknowledged, openStatuses } from '../../record/episode-status.ts';
import { openPendingOrders } from '../../record/pending-orders.ts';
import { lastRuns, runsAtWork } from '../../record/runs.ts';
import { standingsOf, switchesOf } from '../../record/standing-orders.ts';
import { EVERYBODY, command } from '../definition.ts';

export const status = command({
  about: 'how things stand, in a few lines: what needs you, what is at work, what is switched off',
  usage: 'status',
  schema: z.strictObject({}),
  may: EVERYBODY,
  looksOnly: true,
  async answer({ pool, now }) {
    const incidents = await openStatuses(pool);
    const unhandled = incidents.filter((one) => !(one.acknowledged && isAcknowledged(one)));
    const approvals = await openApprovals(pool, now);
    const orders = await openPendingOrders(pool, now);
    const runs = await runsAtWork(pool);
    const off = (await switchesOf(pool)).filter(({ paused }) => paused).map(({ scope }) => scope);
    const breakers = (await standingsOf(pool)).flatMap((one) => (one.breakerSince ? [one.playbook] : []));
    const [last] = await lastRuns(pool);
    const severities = [...new Set(unhandled.map(({ severity }) => severity))].sort();
    const waits = approvals.length + orders.length;
    const data = {
      at: now.toISOString(),
      incidents: incidents.length,
      unhandled: unhandled.map(({ incident, number, severity }) => ({ incident, number, severity })),
      approvals: approvals.length,
      orders: orders.length,
      runsAtWork: runs.map(({ run }) => run),
      off,
      breakers,
      lastRun: last ?? null,
    };
    const text = [
      moment(now),
      incidents.length === 0
        ? 'no open incident'
        : unhandled.length === 0
          ? `${plural(incidents.length, 'open incident')}, all of them acknowledged`
          : `${plural(incidents.length, 'open incident')}; nobody handles ${sentence(unhandled.map(({ number }) => `INC-${number}`))} (${severities.join(', ')})`,
      waits === 0 ? 'no approval waits' : `${plural(waits, 'approval')} waiting: list shows them`,
      runs.length === 0 ? 'no run at work' : `${plural(runs.length, 'run')} at work`,
      off.length + breakers.length === 0
        ? 'automation is on'
        : `switched off: ${sentence([...off.map((scope) => (scope === 'all' ? 'everything' : scope)), ...breakers.map((one) => `${one} (breaker)`)])}`,
      last ? `last run: ${last.run}, ${last.outcome}: ${readable(last.why ?? '')}` : 'no run yet',
    ];
    return { ok: true, text: text.join('\n'), data };
  },
});
