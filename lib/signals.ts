import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { namesOf } from './names.ts';
import type { Product } from './product.ts';
import { type Common, ResponderFunction } from './responder-function.ts';
import { Scheduled } from './scheduled.ts';

export interface SignalsProps extends Common {
  readonly product: Product;
}

/** Measures and publishes the business metrics; without it the alarms would have no data. */
export class Signals extends Construct {
  constructor(scope: Construct, id: string, { product, ...common }: SignalsProps) {
    super(scope, id);
    const { settings, config } = common;
    const names = namesOf(settings.prefix);
    const measure = new ResponderFunction(this, 'Signals', {
      ...common,
      name: 'signals',
      description: 'Measures the business metrics of Commercial-Ops with SQL and publishes them',
      timeout: Duration.minutes(5),
      retries: 0,
    });
    measure.may(
      'publish',
      [
        {
          actions: ['cloudwatch:PutMetricData'],
          resources: ['*'],
          conditions: { StringEquals: { 'cloudwatch:namespace': names.metrics } },
        },
      ],
      'Metrics have no ARN; the condition holds it to our own namespace.',
    );
    measure.may('measure', product.measure(settings), 'Declared beside the queries that measure.');
    new Scheduled(this, 'Schedule', {
      name: `${measure.name}-schedule`,
      call: measure,
      when: { everyMinutes: config.schedules.signalsMinutes },
    });
  }
}
