import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { starting } from './order-keys.ts';
import { type Common, ResponderFunction } from './responder-function.ts';

/** Answers people who invoke it: run, replay, status. Nothing else may; alarms have the dispatcher. */
export class Manual extends Construct {
  readonly function: ResponderFunction;

  constructor(scope: Construct, id: string, common: Common) {
    super(scope, id);
    const { runner, rehearser } = common.settings;
    this.function = new ResponderFunction(this, 'Manual', {
      ...common,
      name: 'manual',
      description: 'Answers people who invoke it: run, replay, status',
      timeout: Duration.seconds(30),
      retries: 2,
    });
    this.function.may('order-key', [common.orderKeys.reading('manual')]);
    this.function.may(
      'start-runs',
      starting(runner, rehearser),
      'An execution’s ARN begins with its function’s.',
    );
  }
}
