import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmIn, metricsOf, type Instance } from '../lambdas/domain/instance.ts';
import type { AlarmDeclaration } from '../lambdas/catalog/playbooks/definition.ts';
import type { Product } from './product.ts';

export interface PlaybookAlarmsProps {
  readonly playbooks: Product['playbooks'];
  readonly topic: ITopic;
  readonly instance: Instance;
  /** How often the metrics are measured. */
  readonly signalsMinutes: number;
}

const MISSING = {
  missing: TreatMissingData.MISSING,
  breaching: TreatMissingData.BREACHING,
} as const satisfies Record<AlarmDeclaration['missingData'], TreatMissingData>;

/**
 * The alarms that the playbooks declare. ALARM starts a run; OK reaches the run that waits for it. No alarm has another
 * action: what is done about it is up to the playbook.
 */
export class PlaybookAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { playbooks, topic, instance, signalsMinutes }: PlaybookAlarmsProps,
  ) {
    super(scope, id);
    const action = new SnsAction(topic);
    for (const { id: playbook, alarms } of playbooks) {
      for (const declared of alarms) {
        if (declared.periodMinutes < signalsMinutes)
          throw new SparseSignals(playbook, declared, signalsMinutes);
        const alarm = this.alarm(playbook, declared, instance);
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
    }
  }

  private alarm(playbook: string, declared: AlarmDeclaration, instance: Instance): Alarm {
    const { threshold, datapoints } = declared;
    const above = 'above' in threshold;
    return new Alarm(this, declared.name, {
      alarmName: alarmIn(instance, declared.name),
      alarmDescription: `${declared.severity}: ${declared.description} (playbook ${playbook})`,
      metric: new Metric({
        namespace: metricsOf(instance.prefix),
        metricName: declared.metric,
        statistic: declared.statistic,
        period: Duration.minutes(declared.periodMinutes),
      }),
      comparisonOperator: above
        ? ComparisonOperator.GREATER_THAN_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: above ? threshold.above : threshold.below,
      datapointsToAlarm: datapoints.breaching,
      evaluationPeriods: datapoints.outOf,
      treatMissingData: MISSING[declared.missingData],
    });
  }
}

/** Refuses alarm periods shorter than the measuring interval: periods without data would look like missing signals. */
class SparseSignals extends Error {
  override readonly name = 'SparseSignals';

  constructor(playbook: string, { name, periodMinutes }: AlarmDeclaration, signalsMinutes: number) {
    super(
      `schedules.signalsMinutes is ${signalsMinutes}, but alarm "${name}" of playbook "${playbook}" evaluates periods of ` +
        `${periodMinutes} minutes and some would have no data; wanted at most ${periodMinutes}: measure more often`,
    );
  }
}
