import type { Alarm } from '../alarm/alarm.ts';
import type { Severity } from '../engine/decision.ts';

/**
 * An alarm as its playbook declares it; CDK makes it from this. The metric lies in namespace `CommercialOps`
 * without dimensions: the worst value over all dimensions.
 */
export interface AlarmDeclaration {
  readonly name: string;
  readonly metric: string;
  readonly threshold: { readonly above: number } | { readonly below: number };
  readonly severity: Severity;
  /** For people: what it means when this alarm fires. */
  readonly description: string;
  readonly periodMinutes: number;
  /** `Minimum` for "above" and `Maximum` for "below" let a repair show within the period it is measured in. */
  readonly statistic: 'Minimum' | 'Maximum' | 'SampleCount';
  /** Of the last `outOf` periods, `breaching` must be over the threshold. */
  readonly datapoints: { readonly breaching: number; readonly outOf: number };
  /**
   * `missing`: no data is "not known", and starts nothing. Signals that stop coming are one fault with one
   * alarm of its own (`signals-missing`, which alone treats missing data as `breaching`), not one per metric.
   */
  readonly missingData: 'missing' | 'breaching';
}

export type { Alarm };
