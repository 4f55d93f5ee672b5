/**
 * Names of what actions lock, the same for all playbooks: so plans that touch the same never act side by side. A name is a
 * path: whoever holds `invoice/2026-11` holds every invoice of that month.
 */
export const costs = (period: string): string => `costs/${period}`;
export const allAllocations = 'allocation';
export const allocation = (period: string): string => `${allAllocations}/${period}`;
export const reconciliation = (period: string): string => `reconciliation/${period}`;
/** One for all months: what is quarantined for one is quarantined for the others. */
export const inventory = 'inventory';
export const invoices = (period: string): string => `invoice/${period}`;
export const invoice = (period: string, tenant: string): string => `${invoices(period)}/${tenant}`;
/** What tenants may use, not what they did use: no allocation is split by it. */
export const allCaps = 'caps';
export const caps = (period: string, tenant: string): string => `${allCaps}/${period}/${tenant}`;
export const budgets = 'budgets';
export const dashboards = 'dashboards';
export const bankEvents = 'bank-events';
export const runnerFleet = (group: string): string => `runner-fleet/${group}`;
export const runnerJobs = (queue: string): string => `runner-jobs/${queue}`;
export const notice = (topic: string, about: string): string => `notice/${topic}/${about}`;
export const lambdaFunction = (name: string): string => `function/${name}`;

/** Whether two names are of the same thing, or one of a part of the other. */
export const overlaps = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
