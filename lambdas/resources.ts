/**
 * Names of what actions lock, the same for all playbooks: so plans that touch the same never act side by side. A name is a
 * path: whoever holds `invoice/2026-11` holds every invoice of that month.
 */
export const costs = (period: string): string => `costs/${period}`;
export const allocation = (period: string): string => `allocation/${period}`;
export const reconciliation = (period: string): string => `reconciliation/${period}`;
export const inventory = (period: string): string => `inventory/${period}`;
export const invoice = (period: string, tenant: string): string => `invoice/${period}/${tenant}`;
export const usage = (period: string, tenant: string): string => `usage/${period}/${tenant}`;
export const budgets = 'budgets';
export const dashboards = 'dashboards';
export const bankEvents = 'bank-events';
export const runnerFleet = (group: string): string => `runner-fleet/${group}`;
export const runnerJobs = (queue: string): string => `runner-jobs/${queue}`;
export const lambdaFunction = (name: string): string => `function/${name}`;

/** Whether two names are of the same thing, or one of a part of the other. */
export const overlaps = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
