import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { OLDEST_RUN } from '../lambdas/domain/metrics.ts';
import type { AlarmDeclaration } from '../lambdas/catalog/playbooks/definition.ts';
import type { Product } from './product.ts';
import { namesOf, type FunctionName, type Names } from './names.ts';

/** What of a function is counted, the suffix of the alarm's name, and what it means to a person. */
type Watch = readonly [of: FunctionName, metric: string, suffix: string, meaning: string];

/** Metrics of `AWS/Lambda`. `Errors` of a durable function counts attempts; its executions have their own. */
const WATCHED: readonly Watch[] = [
  [
    'dispatcher',
    'Errors',
    'errors',
    'Alarms may not start their runs. Check its log, then its dead letters.',
  ],
  [
    'runner',
    'Errors',
    'errors',
    'Runs are interrupted and resumed. Check its log, and whether they make progress.',
  ],
  [
    'runner',
    'DurableExecutionFailed',
    'runs-failed',
    'A run ended without an outcome: nobody is working on its alarm.',
  ],
  [
    'runner',
    'DurableExecutionTimedOut',
    'runs-timed-out',
    'A run exceeded its time limit: nobody is working on its alarm.',
  ],
  [
    'rehearser',
    'DurableExecutionFailed',
    'runs-failed',
    'A dry run ended without an outcome: nothing was changed. Check its log, then start it again.',
  ],
  [
    'escalation',
    'DurableExecutionFailed',
    'failed',
    'An escalation failed: nobody is notified any more about its incident. Check its dead letters.',
  ],
  ['signals', 'Errors', 'errors', 'The business metrics are not measured: their alarms stay silent.'],
  ['sweep', 'Errors', 'errors', 'Alarms whose delivery was lost are not found.'],
  ['anchor', 'Errors', 'errors', 'The audit is not anchored: check its log; the sweep tries again.'],
  [
    'report',
    'Errors',
    'errors',
    'A daily report failed; it is retried. Check its log, and invoke it with {"date": …} if needed.',
  ],
  [
    'manual',
    'Errors',
    'errors',
    'People who invoke it get no answer: check its log, and use npm run respond.',
  ],
  ['respond', 'Errors', 'errors', 'Commands of people are not answered: look into its log.'],
  [
    'respond',
    'Url5xxCount',
    'failed-answers',
    'Commands of people fail: the ledger or STS is away, or a command has a fault.',
  ],
  [
    'acknowledge',
    'Errors',
    'errors',
    'Links to acknowledge are not answered: look into its log. People acknowledge by npm run respond -- ack.',
  ],
  [
    'acknowledge',
    'Url5xxCount',
    'failed-answers',
    'Links to acknowledge fail: the ledger or the link key is away. People acknowledge by npm run respond -- ack.',
  ],
  [
    'acknowledge',
    'Throttles',
    'throttled',
    'Links to acknowledge are turned away: its URL gets more requests than it may answer. Check its log for where from; people acknowledge by npm run respond -- ack.',
  ],
];

/** The longest healthy run waits 45 minutes for a job; one whose ledger is away waits longer, and should be heard of. */
const STUCK_HOURS = 3;

/** Of each metric that alarms watch, the samples of this time are counted. */
const COUNTED_MINUTES = 15;
/** Runs have a metric measured once more when they verify. */
const EXTRA_SAMPLES = 2;

interface Watched {
  readonly meaning: string;
  readonly metric: Metric;
  readonly threshold: number;
  readonly datapoints?: AlarmDeclaration['datapoints'];
}

export interface OwnAlarmsProps {
  readonly sre: ITopic;
  readonly prefix: string;
  readonly playbooks: Product['playbooks'];
  /** Whether there is a page to acknowledge. */
  readonly hasPage: boolean;
  readonly signalsMinutes: number;
}

/** The responder watches itself, and tells people without passing through itself. */
export class OwnAlarms extends Construct {
  private readonly names: Names;

  constructor(
    scope: Construct,
    id: string,
    { sre, prefix, playbooks, hasPage, signalsMinutes }: OwnAlarmsProps,
  ) {
    super(scope, id);
    this.names = namesOf(prefix);
    this.watch(sre, `${this.names.functions.runner}-runs-stuck`, {
      meaning: `A run has been at work for more than ${STUCK_HOURS} hours, not counting the time in which people were asked: it holds its target, and its alarm waits.`,
      metric: new Metric({
        namespace: this.names.metrics,
        metricName: OLDEST_RUN,
        statistic: 'Minimum',
        period: Duration.minutes(5),
      }),
      threshold: STUCK_HOURS,
    });
    const ours = playbooks.flatMap(({ alarms }) => alarms.map(({ metric }) => metric));
    for (const metric of new Set(ours)) this.countSamples(sre, metric, signalsMinutes);
    for (const [of, metric, suffix, meaning] of WATCHED) {
      if (of === 'acknowledge' && !hasPage) continue;
      const functionName = this.names.functions[of];
      this.watch(sre, `${functionName}-${suffix}`, {
        meaning,
        metric: new Metric({
          namespace: 'AWS/Lambda',
          metricName: metric,
          dimensionsMap: { FunctionName: functionName },
          statistic: 'Sum',
          period: Duration.minutes(5),
        }),
        threshold: 0,
      });
    }
  }

  /** Whoever sends one good value among ours silences an alarm that watches the best of a period. */
  private countSamples(sre: ITopic, metricName: string, signalsMinutes: number): void {
    this.watch(sre, `${this.names.functions.signals}-foreign-${metricName.replaceAll('_', '-')}`, {
      meaning: `More samples of ${metricName} than the signals function publishes: somebody else writes into the metric, and may silence its alarms. Look in CloudTrail for PutMetricData; docs/deploy.md has the policy that keeps others out.`,
      metric: new Metric({
        namespace: this.names.metrics,
        metricName,
        statistic: 'SampleCount',
        period: Duration.minutes(COUNTED_MINUTES),
      }),
      threshold: Math.ceil(COUNTED_MINUTES / signalsMinutes) + EXTRA_SAMPLES,
      // A burst of verifications is not it.
      datapoints: { breaching: 3, outOf: 4 },
    });
  }

  private watch(
    sre: ITopic,
    alarmName: string,
    { meaning, metric, threshold, datapoints = { breaching: 1, outOf: 1 } }: Watched,
  ): void {
    const alarm = new Alarm(this, alarmName, {
      alarmName,
      alarmDescription: meaning,
      metric,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold,
      datapointsToAlarm: datapoints.breaching,
      evaluationPeriods: datapoints.outOf,
      // Lambda sends no metric for a function that nobody called; signals that stop have an alarm of their own.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(sre));
    alarm.addOkAction(new SnsAction(sre));
  }
}
