import type { Emitted } from '../probes/emitter-runs.ts';
import type { MissingInvoices } from '../probes/missing-invoices.ts';
import type { Usage } from '../probes/usage-completeness.ts';

/** The runbook's "repeated failure": another run on the same inputs would fail again. */
const REPEATED_FAILURES = 2;

/** Tenants that a reason names; the evidence has all. */
const NAMED = 5;

interface TenantFinding {
  readonly missing: MissingInvoices;
  readonly usage: readonly Usage[];
  readonly runs: readonly Emitted[];
}

interface Sorted {
  /** For whom the emitter can do its work. */
  readonly ready: readonly string[];
  /** For whom it can't, or needs a person, and why. */
  readonly held: readonly string[];
}

/** Tenant by tenant: one that must wait does not delay others. */
export function sortTenants({ missing, usage, runs }: TenantFinding): Sorted {
  const ready: string[] = [];
  const held: string[] = [];
  for (const { tenantId, tenant, invoice } of missing.tenants) {
    const why =
      whyNotBilled(tenant, invoice) ??
      whyIncomplete(usage.find((one) => one.tenantId === tenantId)) ??
      whyNotAgain(runs.find((one) => one.tenantId === tenantId));
    if (why === undefined) ready.push(tenantId);
    else held.push(`${tenantId}: ${why}`);
  }
  return { ready, held };
}

type Missing = MissingInvoices['tenants'][number];

function whyNotBilled(tenant: Missing['tenant'], invoice: Missing['invoice']): string | undefined {
  if (tenant === 'closed') return 'its account is closed';
  return invoice === 'void' ? 'its invoice is void' : undefined;
}

/** Unknown usage is not complete. */
function whyIncomplete(usage: Usage | undefined): string | undefined {
  if (usage === undefined || usage.wanted === 0) return 'no metric is mapped to its plan';
  if (usage.lacking === 0) return undefined;
  const { wanted, lacking, days, firstDays } = usage;
  const on = `${firstDays.join(', ')}${days > firstDays.length ? ', …' : ''}`;
  return `usage_snapshot_daily is missing ${lacking} of ${wanted} values, on ${days} days (${on})`;
}

function whyNotAgain(run: Emitted | undefined): string | undefined {
  if (run === undefined || run.failed < REPEATED_FAILURES) return undefined;
  return `the emitter failed ${run.failed} times on the same inputs (${run.cause ?? run.last})`;
}

/** Some of a list, and how many more there are. */
export function named(items: readonly string[], all = items.length): string {
  const shown = items.slice(0, NAMED);
  const more = all - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
