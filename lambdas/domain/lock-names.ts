/**
 * Names of what actions lock, shared by all playbooks, so that plans on the same thing never act at
 * the same time. A name is a path: a lock on `invoice/2026-11` covers every invoice of that month.
 */
export const costs = (period: string): string => `costs/${period}`;
export const allAllocations = 'allocation';
export const allocation = (period: string): string => `${allAllocations}/${period}`;
export const reconciliation = (period: string): string => `reconciliation/${period}`;
/** One for all months: a quarantine applies to all of them. */
export const inventory = 'inventory';
export const invoices = (period: string): string => `invoice/${period}`;
export const invoice = (period: string, tenant: string): string => `${invoices(period)}/${tenant}`;
/** What tenants may use, not what they used: no allocation is split by it. */
export const allCaps = 'caps';
export const caps = (period: string, tenant: string): string => `${allCaps}/${period}/${tenant}`;
export const budgets = 'budgets';
export const dashboards = 'dashboards';
export const bankEvents = 'bank-events';
export const runnerFleet = (group: string): string => `runner-fleet/${group}`;
export const runnerJobs = (queue: string): string => `runner-jobs/${queue}`;
export const notice = (topic: string, about: string): string => `notice/${topic}/${about}`;
export const lambdaFunction = (name: string): string => `function/${name}`;

/** Whether both name the same thing, or one names a part of the other. */
export const overlaps = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
