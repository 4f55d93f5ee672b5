import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { inRegion } from './names.ts';
import { permit } from './permit.ts';
import type { ResponderFunction } from './responder-function.ts';

export interface ScheduledProps {
  /** Of the schedule and of the role that it calls with. */
  readonly name: string;
  readonly call: ResponderFunction;
  readonly when: Rate | Daily;
}

interface Rate {
  readonly everyMinutes: number;
}

interface Daily {
  /** `07:00`, and again at each of the `tries - 1` hours after it that the day still has. */
  readonly at: string;
  readonly tries: number;
  /** IANA. */
  readonly zone: string;
}

/** Calls a function on a schedule. A failed call is not retried: the next one does the same work. */
export class Scheduled extends Construct {
  constructor(scope: Construct, id: string, { name, call, when }: ScheduledProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: inRegion(name, Stack.of(this)),
      description: `Lets the schedule ${name} call its function`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        // No other schedule may use the role.
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    permit('call', {
      role,
      statements: [{ actions: ['lambda:InvokeFunction'], resources: [call.lambda.functionArn] }],
    });
    const schedule = new Schedule(this, 'Schedule', {
      scheduleName: name,
      description: `Calls ${call.name} ${inWords(when)}`,
      schedule: expressionOf(when),
      target: new LambdaInvoke(call.lambda, {
        // A plain target: the CDK's own would add permission to call every version of the function.
        role: role.withoutPolicyUpdates(),
        retryAttempts: 0,
        // The minimum of EventBridge Scheduler is one minute.
        maxEventAge: Duration.minutes('at' in when ? 60 : when.everyMinutes),
      }),
    });
    schedule.node.addDependency(role);
  }
}

const inWords = (when: Rate | Daily): string =>
  'at' in when ? `each day at ${when.at} (${when.zone})` : `every ${when.everyMinutes} minutes`;

function expressionOf(when: Rate | Daily): ScheduleExpression {
  if (!('at' in when)) return ScheduleExpression.rate(Duration.minutes(when.everyMinutes));
  const [hour = 0, minute = 0] = when.at.split(':').map(Number);
  const hours = Array.from({ length: when.tries }, (_, i) => hour + i).filter((one) => one < 24);
  const timeZone = TimeZone.of(when.zone);
  return ScheduleExpression.cron({ minute: String(minute), hour: hours.join(','), timeZone });
}
