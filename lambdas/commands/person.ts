export interface PersonRules {
  /** `limits.peoplesRoles`: names or ARNs of roles whose trust enforces that the session bears its person's name. */
  readonly peoplesRoles: readonly string[];
}

/** Identity Center makes these roles, one for each permission set, and names each session after its user. */
const IDENTITY_CENTER = /^AWSReservedSSO_.+_[0-9a-f]{16}$/;

/**
 * Which human stands behind an ARN that STS gave. Two people are needed for some commands, so one human must not
 * become two: whoever may assume a role mostly chooses the session's name as well, and then all sessions are one person.
 * Names of sessions differ in more than their letters' case: `Ada` and `ada` are one.
 * @returns undefined for root, which is nobody in particular, and for what is no caller's ARN
 */
export function personOf(arn: string, { peoplesRoles }: PersonRules): string | undefined {
  const [, , service, , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  const [kind, ...parts] = resource.split('/');
  if (parts.length === 0 || parts.some((part) => part === '')) return undefined;
  if (service === 'iam' && kind === 'user') return arn;
  if (service !== 'sts') return undefined;
  if (kind === 'federated-user') return arn;
  if (kind !== 'assumed-role' || parts.length !== 2) return undefined;
  const [role = '', session = ''] = parts;
  const names = peoplesRoles.map((listed) => listed.split('/').at(-1));
  if (IDENTITY_CENTER.test(role) || names.includes(role)) return session.toLowerCase();
  return arn.slice(0, -(session.length + 1));
}
