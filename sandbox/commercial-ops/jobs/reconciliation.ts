import type { Pool } from 'pg';
import { endOf, firstDay, nextFirstDay, startOf, type Period } from '../period.ts';
import { asJobRun, type JobOrder, type JobResult } from './job-run.ts';
import { EXCEPTIONS, FINAL, RECONCILE, RESOLVE_VANISHED } from './reconciliation-sql.ts';

export interface Reconciled {
  readonly recon_id: string;
  /** Of the period as a whole. */
  readonly status: 'ok' | 'warning' | 'failed' | 'resolved' | 'provisional';
  /** A decimal as text; null when AWS charged nothing. */
  readonly variance_pct: string | null;
  readonly services: number;
  /** Those that are open. */
  readonly exceptions: readonly { readonly exception_id: string; readonly category: string }[];
}

/** The reconciliation's id of a period: `RECON-2025-09`. */
export const reconOf = (period: Period): string => `RECON-${period}`;

const WHOLE = `
select status, variance_pct::text,
       (select count(*)::int from recon_summary part where part.recon_id = $1 and part.service is not null) as services
from recon_summary where recon_id = $1 and service is null`;

/**
 * `recon_runner`: compares what AWS charged with what was allocated and what the operator bears, by service and as a
 * whole, and says what is wrong.
 * @throws JobRefused for a closed period or an old fence
 */
export async function reconcile(
  pool: Pool,
  order: JobOrder,
  now: () => Date,
): Promise<JobResult<Reconciled>> {
  return asJobRun(pool, 'recon_runner', order, now, async (client) => {
    const { period } = order;
    const [start, end] = [startOf(period).toISOString(), endOf(period).toISOString()];
    const [first, next, id, at] = [
      firstDay(period),
      nextFirstDay(period),
      reconOf(period),
      now().toISOString(),
    ];
    const { rows: finals } = await client.query<{ final: boolean }>(FINAL, [start, end, first]);
    const final = finals[0]?.final ?? false;
    await client.query(RECONCILE, [start, first, next, id, final, at]);
    const { rows: exceptions } = await client.query<{ exception_id: string; category: string }>(EXCEPTIONS, [
      start,
      first,
      id,
      period,
      final,
      at,
    ]);
    await client.query(RESOLVE_VANISHED, [id, exceptions.map(({ exception_id }) => exception_id)]);
    const { rows } = await client.query<Pick<Reconciled, 'status' | 'variance_pct' | 'services'>>(WHOLE, [
      id,
    ]);
    const [whole] = rows;
    if (!whole) {
      throw new Error(
        `there is nothing to reconcile in ${period}: neither raw nor allocated cost; wanted the period's delivery to be ingested first`,
      );
    }
    const what = `reconciled ${whole.services} services: ${whole.status}, ${exceptions.length} open exceptions`;
    return {
      result: { recon_id: id, ...whole, exceptions },
      change: {
        action: 'reconciliation.computed',
        objectType: 'reconciliation',
        objectId: id,
        what,
      },
    };
  });
}
