import * as all from './all.ts';
import type { Signal } from './definition.ts';

export const signals: readonly Signal[] = Object.values(all);
