import { arnOf, type IamStatement } from '../lambdas/permissions.ts';
import type { Settings } from '../lambdas/settings.ts';

/** What a function needs of IAM to log in to the ledger: its secret, or the right to sign a token for its user. */
export function ledgerLogin(settings: Settings): IamStatement {
  const { auth } = settings.ledger;
  return auth.kind === 'secret'
    ? { actions: ['secretsmanager:GetSecretValue'], resources: [auth.secretArn] }
    : {
        actions: ['rds-db:connect'],
        resources: [arnOf(settings, 'rds-db', `dbuser:${auth.resourceId}/${auth.user}`)],
      };
}

/**
 * Where Lambda keeps the certificate authorities of RDS. Node's own list lacks them, and since Node 20 Lambda no
 * longer adds them by itself: a verified connection to Aurora fails without this.
 */
export const LEDGER_CERTIFICATES = '/var/runtime/ca-cert.pem';
