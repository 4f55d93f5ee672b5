import type { PlannedAction } from '../../domain/decision.ts';
import { percent } from '../../domain/words.ts';
import type { QuotaBreach } from '../probes/quota-breaches.ts';
import { topUp } from '../actions/top-up.ts';
import { tellTenant } from '../actions/tell-tenant.ts';

/** Breaches by what may be done about each; every breach is in one group. */
export interface Sorted {
  /** The plan tops up automatically, has not done so in this open period, and one step is enough. */
  readonly coverable: readonly QuotaBreach[];
  /** The tenant decides, and must be notified. */
  readonly untold: readonly QuotaBreach[];
  /** The tenant decides, and has been notified. */
  readonly told: readonly QuotaBreach[];
  /** The data cannot be right, or the invoice is not open: a person checks. */
  readonly absurd: readonly QuotaBreach[];
}

export function sortBreaches(breaches: readonly QuotaBreach[]): Sorted {
  const sorted = Map.groupBy(breaches, kindOf);
  const of = (kind: keyof Sorted): readonly QuotaBreach[] => sorted.get(kind) ?? [];
  return {
    coverable: of('coverable'),
    untold: of('untold'),
    told: of('told'),
    absurd: of('absurd'),
  };
}

function kindOf(breach: QuotaBreach): keyof Sorted {
  if (whyAbsurd(breach) !== null) return 'absurd';
  if (whyNotCovered(breach) === null) return 'coverable';
  return breach.told ? 'told' : 'untold';
}

/** Why a person must check the breach, or null. */
export function whyAbsurd({ absurd, plan, periodState, period, invoice }: QuotaBreach): string | null {
  if (absurd !== null) return absurd;
  if (plan === null) return 'the tenant has no plan';
  if (periodState === 'unknown') return `the ledger does not know ${period}`;
  if (periodState === 'open' && invoice !== null && invoice !== 'open') {
    return `its invoice of the open period is ${invoice} already`;
  }
  return null;
}

/** Why no automatic top-up covers the breach, or null. At most one a period is automatic. */
export function whyNotCovered(breach: QuotaBreach): string | null {
  const { auto, mostTopUps, topUps, enough, periodState, period, step, price } = breach;
  if (periodState !== 'open') return `${period} is ${periodState}`;
  if (!auto || mostTopUps < 1 || step === null || price === null) return 'its plan gives no automatic top-up';
  if (topUps > 0) return `topped up in ${period} already`;
  if (!enough) return 'one step is not enough';
  return null;
}

export const topUps = (breaches: readonly QuotaBreach[]): PlannedAction[] =>
  breaches.map(({ tenant, metric, period, step, price }) => ({
    action: topUp.name,
    params: {
      tenant_id: tenant,
      metric_code: metric,
      period,
      step_value: String(step),
      price_usd: String(price),
    },
  }));

export const notices = (breaches: readonly QuotaBreach[]): PlannedAction[] =>
  breaches.map(({ tenant, metric, plan, utilization }) => ({
    action: tellTenant.name,
    params: {
      tenant_id: tenant,
      plan_code: String(plan),
      metric_code: metric,
      utilization: percent(100 * Number(utilization)),
    },
  }));
