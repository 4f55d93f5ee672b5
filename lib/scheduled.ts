import { Duration, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { permit } from './permit.ts';
import type { ResponderFunction } from './responder-function.ts';

export interface ScheduledProps {
  /** Of the schedule and of the role that it calls with. */
  readonly name: string;
  readonly call: ResponderFunction;
  readonly everyMinutes: number;
}

/** Calls a function at a steady rate. A call that fails is not made up for: the next one does the same work. */
export class Scheduled extends Construct {
  constructor(scope: Construct, id: string, { name, call, everyMinutes }: ScheduledProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: name,
      description: `What the schedule ${name} calls its function with`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // Nobody else's schedule may borrow the role.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    permit('call', {
      role,
      statements: [{ actions: ['lambda:InvokeFunction'], resources: [call.lambda.functionArn] }],
    });
    const schedule = new Schedule(this, 'Schedule', {
      scheduleName: name,
      description: `Calls ${call.name} every ${everyMinutes} minutes`,
      schedule: ScheduleExpression.rate(Duration.minutes(everyMinutes)),
      target: new LambdaInvoke(call.lambda, {
        // As it is: the target would add the right to call every version of the function.
        role: role.withoutPolicyUpdates(),
        retryAttempts: 0,
        // The least that the Scheduler takes is one minute.
        maxEventAge: Duration.minutes(everyMinutes),
      }),
    });
    schedule.node.addDependency(role);
  }
}
