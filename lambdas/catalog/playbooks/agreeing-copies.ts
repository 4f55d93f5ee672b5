import type { Recovery } from './definition.ts';
import type { MonthCosts } from '../probes/month-costs.ts';

/** Nothing that was worked out from a month's costs is repaired while the copies of these costs differ. */
export function onAgreeingCosts(months: readonly MonthCosts[], { healthy, summary }: Recovery): Recovery {
  const differ = months.filter(({ differences }) => differences.length > 0);
  const told = differ.map(
    ({ period, differences }) => `the copies of ${period} differ: ${differences.join('; ')}`,
  );
  return { healthy: healthy && differ.length === 0, summary: [summary, ...told].join('; but ') };
}
