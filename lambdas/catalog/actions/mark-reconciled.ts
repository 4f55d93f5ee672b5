import * as z from 'zod';
import { Period, periodStart } from '../../domain/billing-period.ts';
import { BALANCED } from '../probes/recon-summary.ts';
import { allocation, costs, reconciliation } from '../../domain/lock-names.ts';
import { ledgerChange } from './ledger-change.ts';
import { markingImpact } from './reconciliation-impacts.ts';
import { runReconciliation } from './run-reconciliation.ts';

/** Row locks: neither a person nor the job changes them meanwhile. */
const ROWS = `
select service, status, ${BALANCED} as balanced
from recon_summary where period_start = $1::date for update`;

const STATE = `select state from period_state where period_start = $1::date`;

const OPEN = `
select count(*)::int as open from recon_exceptions
where status = 'open' and recon_id in (select recon_id from recon_summary where period_start = $1::date)`;

const RESOLVE = `
update recon_summary set status = 'resolved' where period_start = $1::date and status in ('failed', 'warning')`;

/**
 * "Mark as resolved in recon_summary once balance achieved": if a person has balanced the totals, and
 * all exceptions are resolved.
 */
export const markReconciled = ledgerChange({
  name: 'mark-reconciled',
  params: z.strictObject({ period: Period }),
  example: { period: '2026-11' },
  grants: [
    'select (allocated_total_usd, aws_total_usd, operator_overhead_usd, period_start, recon_id, service, status) on recon_summary',
    'select (recon_id, status) on recon_exceptions',
    'select (period_start, state) on period_state',
    'update (status) on recon_summary',
  ],
  closedPeriod: 'refused',
  undo: {
    by: runReconciliation.name,
    why: 'It judges the totals again: what does not balance fails or warns again. What balances stays resolved.',
    params: ({ period = '' }) => ({ period }),
  },
  locks: ({ period = '' }) => ({
    writes: [reconciliation(period)],
    reads: [costs(period), allocation(period)],
  }),
  impact: ({ period = '' }, _context, tools) => markingImpact(period, tools),
  describe: ({ period }) => `mark the reconciliation of ${period ?? ''} as resolved in recon_summary`,
  object: ({ period = '' }) => ({ type: 'reconciliation', id: `RECON-${period}` }),
  async change(client, { period = '' }) {
    const first = [periodStart(period)];
    const { rows } = await client.query<{ service: string | null; status: string; balanced: boolean }>(
      ROWS,
      first,
    );
    const { rows: states } = await client.query<{ state: string }>(STATE, first);
    const state = states[0]?.state ?? 'unknown';
    if (state !== 'open' && state !== 'closing') {
      throw new Error(`${period} is ${state}: wanted an open or closing period, nothing was changed`);
    }
    const unsettled = rows.filter(({ status }) => status === 'failed' || status === 'warning');
    const unbalanced = unsettled.filter(({ balanced }) => !balanced);
    const open = (await client.query<{ open: number }>(OPEN, first)).rows[0]?.open ?? 0;
    if (unsettled.length === 0 || unbalanced.length > 0 || open > 0) {
      throw new Error(
        `the reconciliation of ${period} has ${unsettled.length} rows that failed or warn, ${unbalanced.length} of them ` +
          `out of balance, and ${open} open exceptions; wanted balance and none open, nothing was changed`,
      );
    }
    const { rowCount } = await client.query(RESOLVE, first);
    return { resolved: rowCount ?? 0 };
  },
});
