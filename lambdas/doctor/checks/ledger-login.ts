import { ok, wrong, type CheckOf } from '../check.ts';
import { classify } from '../../platform/error-class.ts';
import { tellError } from '../../platform/tell-error.ts';

/** What a failed connection says, and what to do; the first that fits. */
const FAULTS: readonly (readonly [RegExp, fault: string, wanted: string, remedy: string])[] = [
  [
    /certificate|self[- ]signed|CERT_|unable to (verify|get)/i,
    "The ledger's certificate is not trusted",
    'a certificate of the RDS authorities, or of the one that the configuration names',
    'for RDS and Aurora keep ledger.host the endpoint that the console shows; else say whose certificate it is',
  ],
  [
    /does not support SSL/i,
    'The ledger takes no encrypted connections',
    'a server with TLS',
    'switch TLS on at the server: RDS has it always',
  ],
  [
    /PAM authentication failed|28P01|28000|password authentication failed|is not permitted to log in|does not exist/i,
    'The ledger refuses the login',
    'a login that is there, with its password or, for IAM, with rds_iam at a cluster that has IAM authentication on',
    'npm run --silent grants -- all | psql … (with --iam for IAM), and: aws rds modify-db-cluster ' +
      '--db-cluster-identifier <yours> --enable-iam-database-authentication --apply-immediately',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|its name was not found/,
    "The ledger's name is unknown there",
    'the name of the cluster, which the network can resolve',
    'correct ledger.host in the configuration',
  ],
  [
    /ECONN|ETIMEDOUT|EHOST|ENET|time|terminated|connection/i,
    'The ledger does not answer',
    'a way from the functions to the ledger',
    "let the ledger's security group accept the functions' security group on the ledger's port, and put the " +
      'functions into its VPC (network in the configuration)',
  ],
];

/** All other checks of the ledger need this one; so it alone names the fault. */
export const ledgerLogin: CheckOf<'ledger'> = {
  id: 'ledger-login',
  asks: 'Can the ledger be reached?',
  needs: 'ledger',
  async run({ place, query }) {
    try {
      const [row] = await query<{ login: string; version: string; tls: boolean }>(
        `select current_user::text as login, current_setting('server_version') as version,
                coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls`,
      );
      return [ok(`${row?.login} at ${place}, PostgreSQL ${row?.version}, ${row?.tls ? 'TLS' : 'no TLS'}`)];
    } catch (error) {
      const said = saidBy(error);
      const [, fault, wanted, remedy] =
        FAULTS.find(([pattern]) => pattern.test(said)) ??
        ([/^/, 'The ledger cannot be used', 'a login', 'look at the error'] as const);
      return [
        wrong({
          fault,
          found: `${place}: ${classify(error).words ?? tellError(error as Error)}`,
          wanted,
          remedy,
        }),
      ];
    }
  },
};

/** Codes and texts, down to the first cause: our own errors wrap the driver's. */
function saidBy(error: unknown): string {
  const { message = '', code = '', cause } = error as Error & { code?: string };
  return `${code} ${message}${cause === undefined ? '' : ` ${saidBy(cause)}`}`;
}
