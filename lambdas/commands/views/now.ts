import { inWords } from '../raise.ts';
import { openIncidentsSeen, requestsOpen, runsInProgress, runsJustEnded } from '../../record/desk.ts';
import { openPendingOrders } from '../../record/pending-orders.ts';
import { standingsOf, switchesOf } from '../../record/standing-orders.ts';
import { incidentCard } from './incident-card.ts';
import type { ViewCall } from './view.ts';

/** What is open, who has it, what the machine does, and what waits for people. */
export async function nowView({ pool, now, settings }: ViewCall) {
  const [incidents, requests, orders, atWork, ended, switches, standings] = [
    await openIncidentsSeen(pool),
    await requestsOpen(pool, now),
    await openPendingOrders(pool, now),
    await runsInProgress(pool),
    await runsJustEnded(pool),
    await switchesOf(pool),
    await standingsOf(pool),
  ];
  return {
    incidents: incidents.map((one) => incidentCard(one, { now, people: settings.people })),
    requests,
    orders: orders.map((order) => ({ ...order, says: inWords(order) })),
    atWork,
    ended,
    paused: switches.filter(({ paused }) => paused),
    breakers: standings.flatMap(({ playbook, breakerSince: since, breakerWhy: why }) =>
      since ? [{ playbook, since, why }] : [],
    ),
  };
}
