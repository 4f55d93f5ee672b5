/** Prefix of the names of the only instance in an account and Region; a second instance there needs another. */
export const DEFAULT_PREFIX = 'responder';

const isOnly = (prefix: string): boolean => prefix === DEFAULT_PREFIX;

/** What people see beside other things of Commercial-Ops. The runbook's own names stay the only instance's. */
export const shownAs = (prefix: string): string =>
  isOnly(prefix) ? 'commercial-ops' : `commercial-ops-${prefix}`;

/** Namespace of the business metrics: two instances watch two ledgers, whose figures must not mix. */
export const metricsOf = (prefix: string): string =>
  isOnly(prefix) ? 'CommercialOps' : `CommercialOps/${prefix}`;

/** A playbook's alarm as CloudWatch knows it. */
export const alarmIn = (prefix: string, declared: string): string =>
  isOnly(prefix) ? declared : `${prefix}-${declared}`;

/** @returns the name as a playbook would declare it; undefined for an alarm that is no instance's of this prefix */
export function alarmOf(prefix: string, name: string): string | undefined {
  const before = alarmIn(prefix, '');
  return name.startsWith(before) ? name.slice(before.length) : undefined;
}
