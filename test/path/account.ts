import { allRuns, runOf } from '../../sandbox/executions.ts';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Alarm } from '../../lambdas/domain/alarm.ts';
import type { RunStatus } from '../../lambdas/record/read.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';
import type { ExecutionHistory } from '../../emulator/lambda/durable-history.ts';
import type { World } from '../support/world.ts';

/** Alarms and manual calls are two functions. */
const functionFor = (event: unknown): string =>
  ['run', 'replay', 'status'].some((key) => Object.hasOwn(Object(event) as object, key))
    ? 'responder-manual'
    : 'responder-dispatcher';

/** What a person with the account's keys does in a world: SDK clients with root's key, and what comes of it. */
export function account(world: World) {
  const { services, pool, endpoint } = world;
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
    maxAttempts: 1,
  };
  const aws = {
    cloudwatch: new CloudWatchClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
  };
  for (const client of Object.values(aws)) world.defer(() => client.destroy());
  const executions = (): ExecutionHistory[] => allRuns(world);

  return {
    aws,
    executions,

    /** Every run that began after the first `known` ones, once all have ended, as the record has them. */
    async runsAfter(known: number, count = 1): Promise<RunStatus[]> {
      const begun = (): ExecutionHistory[] => executions().slice(known);
      const ended = (): boolean => begun().every(({ status }) => status !== 'RUNNING');
      await world.until(`${count} run(s) to begin and to end`, () => begun().length >= count && ended());
      return Promise.all(begun().map((execution) => world.run(runOf(execution))));
    },

    /** A person, or a service, calls dispatcher or `manual`, and waits for its answer. */
    async dispatch(event: unknown): Promise<Record<string, unknown>> {
      const { Payload, FunctionError } = await aws.lambda.send(
        new InvokeCommand({ FunctionName: functionFor(event), Payload: JSON.stringify(event) }),
      );
      const answer = JSON.parse(Payload?.transformToString() ?? 'null') as Record<string, unknown>;
      if (FunctionError) throw new Error(`the dispatcher failed: ${JSON.stringify(answer)}`);
      return answer;
    },

    setAlarm: (name: string, state: Alarm['state'], reason = 'set by hand in a test') =>
      aws.cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason }),
      ),

    /** Glue runs that the responder started. */
    glueStarts: () =>
      services.glue.runs
        .of(services.estate.ingestion.job)
        .filter(({ arguments: args }) => args['--fence'] !== undefined),

    /** Loads all that AWS has delivered, and waits until no alarm of ours stands any more. */
    async heal(): Promise<void> {
      const { commercialOps, cloudwatch } = services;
      const { rows } = await pool.query<{ period: string }>(
        `select to_char(period_start, 'YYYY-MM') as period from period_state where state <> 'closed'`,
      );
      for (const { period } of rows) {
        if (commercialOps.delivery.exists(period)) await commercialOps.deliver(period);
      }
      await commercialOps.setIngested(hoursAgo(world, 30));
      await world.until('every alarm to be OK', () =>
        cloudwatch.alarms.all().every(({ state }) => state.value !== 'ALARM'),
      );
    },
  };
}
