import { moment, readable } from '../../domain/words.ts';
import * as z from 'zod';
import type { Ledger } from '../../platform/ledger/queryable.ts';
import type { Settings } from '../../platform/settings.ts';
import { shortened } from '../../domain/shortened.ts';
import { aligned } from '../../platform/text-table.ts';
import { openApprovals } from '../../record/approvals.ts';
import { heldLocks } from '../../record/locks.ts';
import { openPendingOrders } from '../../record/pending-orders.ts';
import { lastRuns, runsAtWork, type RunAtWork } from '../../record/runs.ts';
import { standingsOf, switchesOf } from '../../record/standing-orders.ts';
import { EVERYBODY, command } from '../definition.ts';
import { inWords } from '../raise.ts';
import { openIncidents } from '../incident-story.ts';

type Cell = string | Date;

interface Part {
  readonly title: string;
  /** Shown when it has no row. */
  readonly none: string;
  readonly rows: readonly (readonly Cell[])[];
}

async function partsOf(ledger: Ledger, now: Date, settings: Settings): Promise<Part[]> {
  const standings = await standingsOf(ledger);
  return [
    {
      title: 'Approvals requested',
      none: 'no approval is requested',
      rows: (await openApprovals(ledger, now)).map(({ id, planSha256, given, people, expiresAt, plan }) => [
        id,
        `plan ${planSha256.slice(0, 12)}`,
        `${given} of ${people} people`,
        'until',
        expiresAt,
        plan,
      ]),
    },
    {
      title: 'Orders that wait for a second person',
      none: 'no order waits for a second person',
      rows: (await openPendingOrders(ledger, now)).map((order) => [
        order.id,
        inWords(order),
        `by ${order.person}`,
        'until',
        order.expiresAt,
        order.reason,
      ]),
    },
    {
      title: 'Switched off',
      none: 'nothing is switched off',
      rows: (await switchesOf(ledger))
        .filter(({ paused }) => paused)
        .map(({ scope, since, by, reason }) => [
          scope === 'all' ? 'everything' : scope,
          'since',
          since,
          `by ${by}`,
          reason,
        ]),
    },
    {
      title: 'Breakers open',
      none: 'no breaker is open',
      rows: standings.flatMap(({ playbook, breakerSince: since, breakerWhy }) =>
        since ? [[playbook, 'since', since, breakerWhy ?? '']] : [],
      ),
    },
    {
      title: 'Incidents open',
      none: 'no incident is open',
      rows: await openIncidents(ledger, now, settings.people),
    },
    {
      title: 'Runs at work',
      none: 'no run is at work',
      rows: (await runsAtWork(ledger)).map((run) => [run.run, 'since', run.openedAt, doing(run)]),
    },
    {
      title: 'Locks held',
      none: 'nothing is locked',
      rows: (await heldLocks(ledger, now)).map((lock) => [
        lock.resource,
        lock.mode,
        lock.run,
        'until',
        lock.leasedUntil,
      ]),
    },
    {
      title: 'Trust that people have set',
      none: 'every playbook stands where the limits put it',
      rows: standings.flatMap(({ playbook, trust, trustSince, trustBy, waits }): Cell[][] =>
        waits
          ? [[playbook, trust ?? 'as the limits put it', 'an order is in effect once people are notified']]
          : trust
            ? [[playbook, trust, 'since', trustSince ?? '', `by ${trustBy ?? ''}`]]
            : [],
      ),
    },
    {
      title: 'Last runs',
      none: 'there was no run yet',
      rows: (await lastRuns(ledger)).map(({ endedAt, outcome, run, why }) => [endedAt, outcome, run, why]),
    },
  ];
}

function doing({ fence, waitsForApproval }: RunAtWork): string {
  if (fence !== null) return `acting, fence ${fence}`;
  return waitsForApproval ? 'waits for approval' : 'looking';
}

/** A line on a screen; `why` has the rest. */
const LONGEST = 120;

const printed = (cell: Cell): string =>
  cell instanceof Date ? moment(cell) : shortened(readable(cell), LONGEST);

export const list = command({
  about: 'what is going on: approvals, switches, breakers, incidents, runs, locks, trust',
  usage: 'list',
  schema: z.strictObject({}),
  may: EVERYBODY,
  async answer({ pool, now, settings }) {
    const lines = [moment(now)];
    const nothing: string[] = [];
    const parts = await partsOf(pool, now, settings);
    for (const { title, none, rows } of parts) {
      if (rows.length === 0) nothing.push(none);
      else lines.push('', `${title}:`, ...aligned(rows.map((row) => row.map(printed))));
    }
    if (nothing.length > 0) lines.push('', `Else ${nothing.join('; ')}.`);
    const data = Object.fromEntries(parts.map(({ title, rows }) => [title, rows]));
    return { ok: true, text: lines.join('\n'), data };
  },
});
