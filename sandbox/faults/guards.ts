import type { Fault } from './fault.ts';
import { guardsOfAlarm } from './guards-alarm.ts';
import { guardsOfLimits } from './guards-limits.ts';
import { guardsOfPeople } from './guards-people.ts';
import { guardsOfRecord } from './guards-record.ts';

/** Costs that could be loaded, and something that speaks against it. */
export const guardFaults: readonly Fault[] = [
  ...guardsOfPeople,
  ...guardsOfAlarm,
  ...guardsOfLimits,
  ...guardsOfRecord,
];

/**
 * The drills that fail as soon as a guard lets everything pass: `npm run mutants` shows it for each. A guard without one
 * is a guard that nobody would miss.
 */
export const DRILLS_OF_GUARDS: Readonly<Record<string, readonly string[]>> = {
  ledger: ['ledger-away'],
  order: ['guard-order-forged'],
  upstream: ['chain-gap-and-failed-recon'],
  'open-run': ['allocation-missing'],
  'kill-switch': ['guard-kill-switch', 'guard-kill-switch-meanwhile'],
  'muted-alarm': ['guard-muted-alarm'],
  'stale-alarm': ['guard-stale-alarm'],
  'period-open': ['guard-period-closed-meanwhile', 'payment-of-unknown-month'],
  freeze: ['guard-freeze', 'guard-freeze-month-end'],
  trust: ['guard-trust-shadow'],
  recurrence: ['guard-recurrence'],
  breaker: ['guard-breaker-open', 'guard-breaker-in-a-row'],
  cooldown: ['guard-cooldown'],
  budget: ['guard-budget-of-target', 'guard-budget-of-playbook', 'guard-budget-overall'],
  'blast-radius': ['guard-blast-radius-rows', 'guard-blast-radius-usd', 'guard-blast-radius-tenants'],
  approval: ['guard-approval-expires'],
  lock: ['guard-lock-read'],
};
