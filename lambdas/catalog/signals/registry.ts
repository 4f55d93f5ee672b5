import { CostNames, readsInTheirNames } from '../../platform/cost-names.ts';
import * as all from './all.ts';
import type { Signal } from './definition.ts';

export const signals: readonly Signal[] = Object.values(all);

/** What they read of Commercial-Ops' tables; a statement may repeat a grant. */
export const measuredTables = (costs: CostNames = CostNames.parse({})): string[] =>
  signals.flatMap(({ reads }) => reads.map((one) => readsInTheirNames(one, costs)));
