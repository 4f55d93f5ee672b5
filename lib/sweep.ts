import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Acknowledge } from './acknowledge.ts';
import type { Anchor } from './anchor.ts';
import { starting } from './order-keys.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import { Scheduled } from './scheduled.ts';
import type { Topics } from './topics.ts';

export interface SweepProps extends Common {
  readonly topics: Topics;
  readonly acknowledge: Acknowledge | undefined;
  readonly anchor: Anchor;
}

/** Finds alarms in state ALARM that no run is working on: alarms notify on change only, and only once. */
export class Sweep extends Construct {
  constructor(scope: Construct, id: string, { topics, anchor, acknowledge, ...common }: SweepProps) {
    super(scope, id);
    const { settings, config } = common;
    const sweep = new ResponderFunction(this, 'Sweep', {
      ...common,
      name: 'sweep',
      description: 'Starts a run for each alarm in state ALARM that no run is working on',
      timeout: Duration.minutes(1),
      retries: 0,
      ...(acknowledge && { environment: acknowledge.address }),
    });
    if (acknowledge) sweep.may('make-links', [acknowledge.readingKey()]);
    sweep.may(
      'look',
      [
        {
          actions: [
            'cloudwatch:DescribeAlarms',
            'cloudwatch:DescribeAlarmHistory',
            'cloudwatch:ListAlarmMuteRules',
          ],
          resources: ['*'],
        },
      ],
      'Describing composite alarms, and their history, needs permission for all alarms.',
    );
    sweep.may('order-key', [common.orderKeys.reading('sweep', 'calls')]);
    sweep.may('start-runs', starting(settings.runner), 'An execution’s ARN begins with its function’s.');
    sweep.may('call-people', starting(settings.escalation), 'An execution’s ARN begins with its function’s.');
    sweep.may('anchor', [anchor.asking()]);
    sweep.may('tell', topics.publishing(topics.sre, topics.finops));
    new Scheduled(this, 'Schedule', {
      name: `${sweep.name}-schedule`,
      call: sweep,
      when: { everyMinutes: config.schedules.sweepMinutes },
    });
  }
}
