import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CostSource, Report } from './contracts.ts';
import type { Loading } from './cost-query.ts';
import type { IngestionTools } from './jobs/cur-ingest.ts';
import { replaceLedgerCosts } from './ledger-costs.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import type { Period } from './period.ts';

/** The two copies of the costs. */
export type Copy = 'athena' | 'ledger';

/** AWS delivers usage hours after it ended, and the load follows at night. */
const LOAD_LAG_MS = 34 * 3_600_000;

/**
 * Makes copies of a month as if they had been loaded when AWS knew `upTo`: no job, no delivery and no record. Their
 * digest is that of no manifest.
 */
export async function loadAsOf(
  { pool, duck, warehouse, directory, now }: IngestionTools,
  source: CostSource,
  { period, upTo, copies }: { period: Period; upTo: Date; copies: readonly Copy[] },
): Promise<void> {
  const scratch = mkdtempSync(join(directory, 'state-'));
  try {
    const files = await source.write(period, upTo, scratch);
    const hash = createHash('sha256');
    for (const { path } of files) hash.update(readFileSync(path));
    const report: Report = { period, files, digest: hash.digest('hex') };
    // As the nightly run did it after the delivery of that time.
    const at = new Date(Math.min(upTo.getTime() + LOAD_LAG_MS, now().getTime() - 3_600_000));
    const loading: Loading = { at, digest: report.digest };
    if (copies.includes('athena')) await warehouse.replace(report, loading, `state-${randomUUID()}`);
    if (copies.includes('ledger')) {
      await transaction(pool, (client) => replaceLedgerCosts(client, { duck, directory, report, loading }));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
