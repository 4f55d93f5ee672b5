import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { NAMES, type FunctionName } from './names.ts';

/** What of a function is counted, the suffix of the alarm's name, and what it means to a person. */
type Watch = readonly [of: FunctionName, metric: string, suffix: string, meaning: string];

/** Metrics of `AWS/Lambda`. `Errors` of a durable function counts attempts; its executions have their own. */
const WATCHED: readonly Watch[] = [
  [
    'dispatcher',
    'Errors',
    'errors',
    'Alarms may not start their runs. Look into its log, then its dead letters.',
  ],
  [
    'runner',
    'Errors',
    'errors',
    'Runs are interrupted and resumed. Look into its log; see whether they get on.',
  ],
  [
    'runner',
    'DurableExecutionFailed',
    'runs-failed',
    'A run ended without an outcome: its alarm is nobody’s now.',
  ],
  [
    'runner',
    'DurableExecutionTimedOut',
    'runs-timed-out',
    'A run outlived its limit: its alarm is nobody’s now.',
  ],
  ['signals', 'Errors', 'errors', 'The business metrics are not measured: their alarms stay silent.'],
  ['sweep', 'Errors', 'errors', 'Alarms whose delivery was lost are not found.'],
];

/** The responder watches itself, and tells people without passing through itself. */
export class OwnAlarms extends Construct {
  constructor(scope: Construct, id: string, { sre }: { readonly sre: ITopic }) {
    super(scope, id);
    for (const [of, metric, suffix, meaning] of WATCHED) {
      const functionName = NAMES.functions[of];
      const alarm = new Alarm(this, `${of}-${suffix}`, {
        alarmName: `${functionName}-${suffix}`,
        alarmDescription: meaning,
        metric: new Metric({
          namespace: 'AWS/Lambda',
          metricName: metric,
          dimensionsMap: { FunctionName: functionName },
          statistic: 'Sum',
          period: Duration.minutes(5),
        }),
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: 0,
        evaluationPeriods: 1,
        // Lambda sends no metric for a function that nobody called.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(sre));
      alarm.addOkAction(new SnsAction(sre));
    }
  }
}
