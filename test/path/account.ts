import { allRuns } from '../../sandbox/executions.ts';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Alarm } from '../../lambdas/domain/alarm.ts';
import { createRecordReader, type RunStatus } from '../../lambdas/record/read.ts';
import type { KeptMessage } from '../../emulator/aws/sns.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';
import type { ExecutionHistory } from '../../emulator/lambda/durable-history.ts';
import { freshSandbox } from '../support/sandbox.ts';

/** What a person with the account's keys has in hand: SDK clients, and eyes on what comes of it. */
export type Account = Awaited<ReturnType<typeof openAccount>>;

/** How long a run may take: 45 minutes for a job, and what comes around it. */
const RUN_MINUTES = 150;

/** A sandbox with settled alarms, and SDK clients on its endpoint with credentials that nobody knows. */
export async function openAccount(options: Parameters<typeof freshSandbox>[0] = {}, open = freshSandbox) {
  const opened = await open({ settled: true, ...options });
  const { sandbox } = opened;
  const { clock, services, pool, endpoint } = sandbox;
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'any' },
    maxAttempts: 1,
  };
  const aws = {
    cloudwatch: new CloudWatchClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
  };
  const record = createRecordReader(pool);

  const inMinutes = (minutes: number): Date => new Date(clock.now().getTime() + minutes * 60_000);
  const executions = (): ExecutionHistory[] => allRuns(sandbox);

  const account = {
    sandbox,
    aws,
    close: async () => {
      for (const client of Object.values(aws)) client.destroy();
      await opened.close();
    },

    /** Lets time pass until `condition` holds. @throws naming `what` when it never does */
    async until(
      what: string,
      condition: () => boolean | Promise<boolean>,
      minutes = RUN_MINUTES,
    ): Promise<void> {
      if (await clock.advanceUntil(condition, inMinutes(minutes))) return;
      throw new Error(`waited ${minutes} minutes of the sandbox's time in vain for this: ${what}`);
    },

    /** Until a target on which something was done may be acted on again. */
    rest: (minutes = 30) => clock.advanceTo(inMinutes(minutes)),

    executions,

    /** Every run that began after the first `known` ones, once all have ended, as the record has them. */
    async runsAfter(known: number, count = 1): Promise<RunStatus[]> {
      const begun = (): ExecutionHistory[] => executions().slice(known);
      const ended = (): boolean => begun().every(({ status }) => status !== 'RUNNING');
      await account.until(`${count} run(s) to begin and to end`, () => begun().length >= count && ended());
      return Promise.all(begun().map(({ name }) => account.run(name)));
    },

    /** The run as the record has it. */
    async run(run: string): Promise<RunStatus> {
      const found = await record.status(run);
      if (!found) throw new Error(`run ${run} is not on record`);
      return found;
    },

    /** A person, or a service, calls the dispatcher and waits for its answer. */
    async dispatch(event: unknown): Promise<Record<string, unknown>> {
      const { Payload, FunctionError } = await aws.lambda.send(
        new InvokeCommand({ FunctionName: 'responder-dispatcher', Payload: JSON.stringify(event) }),
      );
      const answer = JSON.parse(Payload?.transformToString() ?? 'null') as Record<string, unknown>;
      if (FunctionError) throw new Error(`the dispatcher failed: ${JSON.stringify(answer)}`);
      return answer;
    },

    setAlarm: (name: string, state: Alarm['state'], reason = 'set by hand in a test') =>
      aws.cloudwatch.send(
        new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: reason }),
      ),

    /** Messages to a topic such as `commercial-ops-sre`, oldest first. */
    told: (topic: string, subject = /./): KeptMessage[] =>
      services.sns.messages
        .all()
        .filter((message) => message.topicArn.endsWith(`:${topic}`) && subject.test(message.subject ?? '')),

    /** What a function of ours logged. */
    logged: (functionName: string): string[] =>
      services.logs.events(`/aws/lambda/${functionName}`).map(({ message }) => message),

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
      await commercialOps.setIngested(hoursAgo(sandbox, 30));
      await account.until('every alarm to be OK', () =>
        cloudwatch.alarms.all().every(({ state }) => state.value !== 'ALARM'),
      );
    },
  };
  return account;
}
