import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { defineProbe } from './definition.ts';

const SQL = `select state, locked_by_recon, changed_at from period_state where period_start = $1::date`;

/** `unknown`: the ledger has no row for the period; nothing may be assumed. */
export const PeriodState = z.enum(['open', 'closing', 'closed', 'unknown']);
export type PeriodState = z.infer<typeof PeriodState>;

export const periodState = defineProbe<{ period: string }, PeriodState>({
  name: 'period-state',
  question: 'Is the period open, closing or closed?',
  queries: [SQL],
  permissions: () => [],
  value: PeriodState,
  async run({ target, tools }) {
    const { rows, evidence } = await tools.ledger.query<{ state: string }>(SQL, [periodStart(target.period)]);
    return { value: PeriodState.parse(rows[0]?.state ?? 'unknown'), evidence: [evidence] };
  },
  describe: (state) => state,
});
