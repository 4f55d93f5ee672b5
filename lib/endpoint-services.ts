/** How the functions reach the service of an IAM action; `none`: they do not call it. */
type Way = 'interface' | 'gateway' | 'global' | 'none';

const WAYS: Readonly<Record<string, readonly [Way, string]>> = {
  athena: ['interface', 'athena'],
  autoscaling: ['interface', 'autoscaling'],
  cloudwatch: ['interface', 'monitoring'],
  glue: ['interface', 'glue'],
  lakeformation: ['interface', 'lakeformation'],
  lambda: ['interface', 'lambda'],
  logs: ['interface', 'logs'],
  rds: ['interface', 'rds'],
  secretsmanager: ['interface', 'secretsmanager'],
  sns: ['interface', 'sns'],
  sqs: ['interface', 'sqs'],
  sts: ['interface', 'sts'],
  s3: ['gateway', 's3'],
  iam: ['global', 'iam'],
  // The services use the keys, not the functions.
  kms: ['none', 'kms'],
  // Lambda makes the network interfaces.
  ec2: ['none', 'ec2'],
  // A token is signed where it is used.
  'rds-db': ['none', 'rds-db'],
};

export interface EndpointServices {
  /** Names of services of the Region, as in `com.amazonaws.<region>.<name>`. */
  readonly interfaces: readonly string[];
  /** As in `com.amazonaws.<name>`. */
  readonly global: readonly string[];
}

/**
 * The services behind the actions that roles are allowed; S3 has a route in any case. A role that may do something calls
 * it: each right is used.
 * @throws for an action of a service whose endpoint is unknown: a call that has no way hangs until it times out
 */
export function endpointsFor(actions: readonly string[]): EndpointServices {
  const prefixes = new Set(actions.map((action) => action.split(':')[0] ?? ''));
  const unknown = [...prefixes].filter((prefix) => !(prefix in WAYS));
  if (unknown.length > 0)
    throw new Error(
      `functions in the VPC may call ${unknown.join(', ')}, and no endpoint is known for that; ` +
        'add the service to WAYS in lib/endpoint-services.ts',
    );
  const by = (wanted: Way): string[] =>
    Object.entries(WAYS)
      .filter(([prefix, [way]]) => way === wanted && prefixes.has(prefix))
      .map(([, [, name]]) => name);
  return { interfaces: by('interface'), global: by('global') };
}
