import { awsClients, within } from '../platform/aws.ts';
import type { LedgerReader } from '../platform/ledger/read.ts';
import type { Settings } from '../platform/settings.ts';
import type { Answer, Givens } from './check.ts';
import { checks } from './checks/all.ts';
import { runChecks } from './run-checks.ts';

/** A way that is closed is found in seconds: the function that asks must not run out of time. */
const PATIENCE = { maxAttempts: 1, requestHandler: within(8_000, 5_000) } as const;

/** What only the functions' own network and login can say. Reads, and changes nothing. */
export function checkInside(
  settings: Settings,
  ledger: LedgerReader,
  migrations: Givens['ledger']['migrations'],
): Promise<Answer[]> {
  const { host, port, database } = settings.ledger;
  return runChecks(
    checks.filter(({ needs }) => needs === 'ledger' || needs === 'network'),
    {
      ledger: {
        settings,
        migrations,
        place: `${host}:${port}/${database}`,
        query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
          (await ledger.query<Row>(sql, values)).rows,
      },
      network: { settings, aws: awsClients(PATIENCE) },
    },
  );
}
