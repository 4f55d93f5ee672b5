import type { Pool } from 'pg';
import { refuseOtherPeriods, type Loading } from '../cost-query.ts';
import type { Report } from '../contracts.ts';
import type { Duck } from '../duck.ts';
import { replaceLedgerCosts } from '../ledger-costs.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { firstDay, nextFirstDay } from '../period.ts';
import type { Warehouse } from '../warehouse.ts';
import { runAllocation } from './allocation.ts';
import { syncTags } from './tag-sync.ts';
import { asJobRun, finishedRun, recordFailure, refuse, type JobOrder, type JobResult } from './job-run.ts';

export interface IngestionTools {
  readonly pool: Pool;
  readonly duck: Duck;
  readonly warehouse: Warehouse;
  /** For files on their way. */
  readonly directory: string;
  readonly now: () => Date;
}

export interface Ingested {
  readonly lines: number;
  readonly digest: string;
}

/**
 * `cur_ingest_prod`: replaces a period's costs in both copies by a complete delivery, first Athena's (files, then
 * their pointer), then the ledger's (one transaction with the log and the run), and has it allocated. A run
 * that was killed in between is made whole by its repetition under the same run id.
 * @param read gives the delivery, and throws when it isn't complete
 * @throws JobRefused for a closed period or an old fence; nothing is written then
 */
export async function ingest(
  tools: IngestionTools,
  order: JobOrder,
  read: () => Promise<Report>,
  executedBy: string,
): Promise<JobResult<Ingested>> {
  const { pool, warehouse, now } = tools;
  const startedAt = now();
  const job = 'cur_ingest_prod';
  try {
    const before = await finishedRun<Ingested>(pool, job, order);
    if (before) {
      // It may have been killed between its transaction and the next job's.
      await allocateAfter(tools, order);
      return { result: before.result, repeated: true };
    }
    await refuse(pool, job, order);
    const report = await read();
    const loading: Loading = { at: now(), digest: report.digest };
    await refuseOtherPeriods(tools.duck, report);
    await warehouse.replace(report, loading, order.runId);
    const done = await asJobRun<Ingested>(pool, job, order, now, async (client) => {
      const lines = await replaceLedgerCosts(client, { ...tools, report, loading });
      await client.query(LOG, [
        order.runId,
        firstDay(order.period),
        nextFirstDay(order.period),
        'completed',
        lines,
        seconds(startedAt, now()),
        null,
        report.digest,
        executedBy,
      ]);
      return {
        result: { lines, digest: report.digest },
        change: {
          action: 'costs.ingested',
          objectType: 'period',
          objectId: order.period,
          what: `loaded ${lines} cost lines of manifest ${report.digest.slice(0, 12)}`,
        },
      };
    });
    await allocateAfter(tools, order);
    return done;
  } catch (error) {
    await recordFailure(pool, job, order, startedAt, now(), error as Error);
    await logFailure(pool, order, startedAt, now(), error as Error, executedBy);
    throw error;
  }
}

/**
 * The chain of jobs goes on here: a new delivery brings back lines as AWS knows them, without the tags that were
 * synchronised. (The fence is the ingestion's own: the other jobs answer to their own callers.)
 */
async function allocateAfter({ pool, now }: IngestionTools, { runId, period }: JobOrder): Promise<void> {
  await syncTags(pool, { runId: `${runId}-tags`, period }, now);
  await runAllocation(pool, { runId: `${runId}-allocation`, period }, now);
}

const LOG = `
insert into cur_ingestion_log
  (run_id, period_start, period_end, status, row_count, duration_sec, error_log, source_digest, executed_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (run_id) do update
set status = excluded.status, row_count = excluded.row_count, duration_sec = excluded.duration_sec,
    error_log = excluded.error_log, source_digest = excluded.source_digest
where cur_ingestion_log.status <> 'completed'`;

/** That the ledger can't take the record must not hide what went wrong. */
async function logFailure(
  pool: Pool,
  { runId, period }: JobOrder,
  startedAt: Date,
  endedAt: Date,
  error: Error,
  executedBy: string,
): Promise<void> {
  await transaction(pool, (client) =>
    client.query(LOG, [
      runId,
      firstDay(period),
      nextFirstDay(period),
      'failed',
      null,
      seconds(startedAt, endedAt),
      error.message,
      null,
      executedBy,
    ]),
  ).catch(() => undefined);
}

const seconds = (from: Date, to: Date): string => ((to.getTime() - from.getTime()) / 1000).toFixed(3);
