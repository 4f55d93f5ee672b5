import { actsOnce } from './rules/acts-once.ts';
import { audited } from './rules/audited.ts';
import { closedImmutable } from './rules/closed-immutable.ts';
import { evidenceFirst } from './rules/evidence-first.ts';
import { exactPayments } from './rules/exact-payments.ts';
import { invoicesAfterReconciliation } from './rules/invoices-after-reconciliation.ts';
import { noNames } from './rules/no-names.ts';
import type { Examined, FinancialRule, Violation } from './rules/rule.ts';

/** The domain's seven financial rules, in its own order. */
const financialRules: readonly FinancialRule[] = [
  closedImmutable,
  invoicesAfterReconciliation,
  exactPayments,
  actsOnce,
  evidenceFirst,
  audited,
  noNames,
];

export interface RuleResult {
  readonly rule: number;
  readonly title: string;
  readonly violations: readonly Violation[];
}

/** What each rule says of the ledger, kept or not. */
export async function checkFinancialRules(examined: Examined): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of financialRules) {
    results.push({ rule: rule.number, title: rule.title, violations: await rule.check(examined) });
  }
  return results;
}

/** In words, with the first of the rows. */
export const violated = (results: readonly RuleResult[]): string[] =>
  results.flatMap(({ rule, title, violations }) =>
    violations.map(
      ({ what, rows }) =>
        `financial rule ${rule} (${title}): ${what}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, ` +
        rows
          .slice(0, 3)
          .map((row) => JSON.stringify(row))
          .join(' '),
    ),
  );
