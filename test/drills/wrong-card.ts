import { controls } from '../../sandbox/faults/controls.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';

/** A world in which nothing happens, beside a card that wants something. */
export const faults: readonly Fault[] = controls
  .filter(({ name }) => name === 'normal-lag')
  .map((fault) => ({ ...fault, name: 'wrong-card', actions: ['glue:StartJobRun'], minutes: 6 }));
