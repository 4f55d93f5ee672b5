import type { LedgerAuth, Settings } from './settings.ts';

/**
 * What a probe or an action needs of IAM, declared beside its code; CDK builds the roles from it.
 * Values of `settings` may be CDK tokens: put them into strings, never inspect them.
 */
export interface IamStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export type Permissions = (settings: Settings) => readonly IamStatement[];

/** `arnOf(settings, 'glue', 'job/x')`. IAM and S3 ARNs have no Region, S3's no account either. */
export function arnOf(settings: Settings, service: string, resource: string): string {
  const region = service === 'iam' || service === 's3' ? '' : settings.region;
  const account = service === 's3' ? '' : settings.account;
  return `arn:${settings.partition}:${service}:${region}:${account}:${resource}`;
}

/** The login's secret (its ARN ends in six characters that AWS chooses), or the right to sign a token for its user. */
export const ledgerLogin = (settings: Settings, auth: LedgerAuth): IamStatement =>
  auth.kind === 'secret'
    ? {
        actions: ['secretsmanager:GetSecretValue'],
        resources: [arnOf(settings, 'secretsmanager', `secret:${auth.secret}-??????`)],
      }
    : {
        actions: ['rds-db:connect'],
        resources: [arnOf(settings, 'rds-db', `dbuser:${auth.resourceId}/${auth.user}`)],
      };
