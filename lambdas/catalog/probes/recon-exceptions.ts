import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';

const Category = z.enum(['Tagging', 'Allocation', 'Invoice', 'Timing', 'FX']);

/** Open exceptions of a period's reconciliation, by category. */
export const ReconExceptions = z.array(z.object({ category: Category, open: z.int().min(1) }));
export type ReconExceptions = z.infer<typeof ReconExceptions>;

const SQL = `
select category, count(*)::int as open from recon_exceptions
where status = 'open' and recon_id in (
  select recon_id from recon_summary where period_start = $1::date union select 'RECON-' || to_char($1::date, 'YYYY-MM'))
group by 1 order by 1`.trim();

export const reconExceptions = ledgerProbe<
  { period: string },
  ReconExceptions,
  ReconExceptions[number] & object
>({
  name: 'recon-exceptions',
  question: 'Which exceptions of the reconciliation are open?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  printed: ["SELECT * FROM recon_exceptions WHERE recon_id='RECON-2025-09';"],
  value: ReconExceptions,
  read: (rows) => [...rows],
  describe: (open) =>
    open.length === 0 ? 'none' : open.map(({ category, open }) => `${category} ${open}`).join(', '),
});
