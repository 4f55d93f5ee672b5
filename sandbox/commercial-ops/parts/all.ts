import { dashboards } from './dashboards.ts';
import type { Part } from './part.ts';

/** Every part of Commercial-Ops that stands by itself. */
export const parts: readonly Part[] = [dashboards];
