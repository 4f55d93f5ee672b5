/**
 * Which of two actions comes first where two playbooks have them and the chain says nothing. No lock enforces it: so the
 * reason says what does, or why the wrong way round leaves nothing wrong.
 */
export interface Order {
  /** Names of actions. */
  readonly first: string;
  readonly then: string;
  readonly why: string;
  /** What they share besides locks: what others do on their behalf. */
  readonly beyond?: string;
}

const order = (first: string, then: string, why: string, beyond?: string): Order => ({
  first,
  then,
  why,
  ...(beyond !== undefined && { beyond }),
});

const RESTARTS =
  'Lambda starts no call anew that is under way, and the lock keeps the job’s own run from being one; the next works with what is new.';

export const orders: readonly Order[] = [
  order(
    'start-ingestion',
    'sync-tags',
    'An ingestion brings the lines back without the tags copied onto them. The coverage alarm fires again then, and they are copied again.',
  ),
  order(
    'start-ingestion',
    'run-tag-validator',
    'It judges the lines that are there. Whatever was loaded since, the next validation judges.',
  ),
  order(
    'sync-tags',
    'run-tag-validator',
    'No tag is copied onto what is quarantined, so whoever validates copies first what the inventory knows; nothing is left for the other.',
  ),
  order(
    'sync-tags',
    'run-allocation',
    'Costs go to whom they are tagged for. Allocated before, they are shared among all until the nightly run, which every month has until it is closed.',
  ),
  order(
    'sync-tags',
    'run-reconciliation',
    'No tag changes a total. Only exceptions of category Tagging come of them, and the next run resolves one whose cause is gone.',
  ),
  order(
    'sync-tags',
    'mark-reconciled',
    'No tag changes a total, and the marking looks at open exceptions itself, under the rows’ locks.',
  ),
  order(
    'run-allocation',
    'run-budget-refresh',
    'A budget shows what is allocated. Refreshed before, it shows the former figures until the next daily refresh.',
  ),
  order('restart-function', 'run-allocation', RESTARTS),
  order('clear-restart', 'run-allocation', RESTARTS),
  order(
    'top-up',
    'emit-invoice',
    'A top-up goes on an open invoice of an open month, an emission is of a closed one: whichever comes too late is refused, under the row’s lock.',
  ),
  order(
    'emit-invoice',
    'settle-invoice',
    'Only what is issued is settled, and only what is open is issued, both under the row’s lock.',
  ),
  order(
    'top-up',
    'settle-invoice',
    'Only what is open is topped up, and only what is issued is settled, both under the row’s lock.',
  ),
  order(
    'top-up',
    'run-reconciliation',
    'It compares the allocation lines of invoices that are issued or paid: a top-up is neither, and it comes to the same either way.',
  ),
  order(
    'settle-invoice',
    'run-reconciliation',
    'It counts issued and paid invoices alike: it comes to the same either way.',
  ),
  order(
    'top-up',
    'refresh-dashboards',
    'They show the caps. Refreshed before, they are older than the last top-up, which its own playbook sees, and refreshes them.',
  ),
  order(
    'emit-invoice',
    'redrive-bank-events',
    'A payment is recorded whenever it comes. Of an invoice that is not issued yet it settles nothing, and is settled once it is.',
    'invoices, which the webhook settles',
  ),
];
