import type { AlarmDeclaration } from './definition.ts';

/** Whether a datapoint of this value breaches the alarm's threshold. */
export const breaches = ({ threshold }: Pick<AlarmDeclaration, 'threshold'>, value: number): boolean =>
  'above' in threshold ? value > threshold.above : value < threshold.below;
