/** Prefix of the names of the only instance in an account and Region; a second instance there needs another. */
export const DEFAULT_PREFIX = 'responder';

const isOnly = (prefix: string): boolean => prefix === DEFAULT_PREFIX;

/** What people see beside other things of Commercial-Ops. The runbook's own names stay the only instance's. */
export const shownAs = (prefix: string): string =>
  isOnly(prefix) ? 'commercial-ops' : `commercial-ops-${prefix}`;

/** Namespace of the business metrics: two instances watch two ledgers, whose figures must not mix. */
export const metricsOf = (prefix: string): string =>
  isOnly(prefix) ? 'CommercialOps' : `CommercialOps/${prefix}`;

/** What names the alarms of an instance. */
export interface Instance {
  readonly prefix: string;
  /** By the name that a playbook declares: the alarm of the account that stands for it. */
  readonly alarms: { readonly existing: Readonly<Record<string, { readonly existing: string }>> };
}

/** Whether the account had it before, so that the stack makes none. */
export const isExisting = (declared: string, { alarms: { existing } }: Pick<Instance, 'alarms'>): boolean =>
  Object.hasOwn(existing, declared);

/** A playbook's alarm as CloudWatch knows it. */
export function alarmIn({ prefix, alarms }: Instance, declared: string): string {
  const theirs = isExisting(declared, { alarms }) ? alarms.existing[declared] : undefined;
  return theirs?.existing ?? `${beforeAlarm(prefix)}${declared}`;
}

const beforeAlarm = (prefix: string): string => (isOnly(prefix) ? '' : `${prefix}-`);

/** @returns the name as a playbook would declare it; undefined for an alarm that is none of this instance's */
export function alarmOf({ prefix, alarms }: Instance, name: string): string | undefined {
  const theirs = Object.entries(alarms.existing).find(([, { existing }]) => existing === name);
  if (theirs) return theirs[0];
  const before = beforeAlarm(prefix);
  const declared = name.startsWith(before) ? name.slice(before.length) : undefined;
  // Another one stands for it.
  return declared !== undefined && isExisting(declared, { alarms }) ? undefined : declared;
}
