import { runOf } from '../../sandbox/executions.ts';
import type { RunStatus } from '../../lambdas/record/read.ts';
import { allRuns } from '../../sandbox/executions.ts';
import { makeStale, periodAtStake } from '../../sandbox/faults/costs-world.ts';
import { bootWorld } from '../support/world.ts';
import { describeWithCli, withCli } from './aws-cli.ts';

/** Section 1 of the runbook, typed as it is printed, and what else people do by hand. */
describeWithCli('the AWS CLI against the sandbox', () => {
  const world = bootWorld({ settled: true }, withCli);

  const statusOf = async (run: string): Promise<RunStatus> =>
    (await world.cli.invoke<{ data: RunStatus }>('responder-manual', { status: run })).data;

  /** Lets the runner's latest execution come to its end. @returns its id */
  async function runEnded(): Promise<string> {
    const last = () => allRuns(world).at(-1);
    await world.clock.advanceUntil(() => last()?.status === 'SUCCEEDED', world.inMinutes(15));
    return runOf(last() ?? { input: {} });
  }

  test('aws s3 ls shows the partition of the billing cycle', async () => {
    const listed = await world.cli.aws('s3', 'ls', 's3://cur-bucket/cur-prefix/2025-09/');
    expect(listed).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[1-9]\d* \S+\.parquet$/m);
    expect(listed).toMatch(/Manifest\.json$/m);
  });

  test('aws athena answers the validation query', async () => {
    const sql = 'SELECT MAX(line_item_usage_end_date) FROM fact_cost_raw;';
    const { QueryExecutionId: id } = await world.cli.json<{ QueryExecutionId: string }>(
      'athena',
      'start-query-execution',
      '--work-group',
      'commercial-ops',
      '--query-string',
      sql,
      '--query-execution-context',
      'Database=commercial_ops',
    );
    await world.clock.idle();
    const { ResultSet } = await world.cli.json<{
      ResultSet: { Rows: { Data: { VarCharValue: string }[] }[] };
    }>('athena', 'get-query-results', '--query-execution-id', id);
    const [value] = ResultSet.Rows[1]?.Data ?? [];
    const { rows } = await world.pool.query<{ newest: Date }>(
      'select max(line_item_usage_end_date) as newest from fact_cost_raw',
    );
    expect(new Date(`${value?.VarCharValue.replace(' ', 'T')}Z`)).toEqual(rows[0]?.newest);
  });

  test('aws logs tail shows what the ingestion said within the last hour', async () => {
    const { logs, estate } = world.services;
    // The CLI reckons the hour by the machine's clock, which is not the sandbox's.
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    logs.append(estate.ingestion.logGroup, 'nightly', 'ERROR of yesterday', ago(24 * 60));
    logs.append(estate.ingestion.logGroup, 'nightly', 'ERROR cur_ingest_prod AccessDenied', ago(30));
    // A search finds a line some seconds after it was written.
    await world.clock.advanceTo(new Date(world.clock.now().getTime() + 5_000));
    const tail = await world.cli.aws(
      'logs',
      'tail',
      '/aws/lambda/commercial-ops-cur-ingestion',
      '--since',
      '1h',
    );
    expect(tail).toMatch(/^\S+ nightly ERROR cur_ingest_prod AccessDenied$/m);
    expect(tail).not.toContain('yesterday');
  });

  test('aws sns lists who is told, aws cloudwatch describes the alarms', async () => {
    const topic = 'arn:aws:sns:us-east-1:012345678901:commercial-ops-alarms';
    const [{ Subscriptions }, { MetricAlarms }] = await Promise.all([
      world.cli.json<{ Subscriptions: { Protocol: string; Endpoint: string }[] }>(
        'sns',
        'list-subscriptions-by-topic',
        '--topic-arn',
        topic,
      ),
      world.cli.json<{ MetricAlarms: { StateValue: string; Threshold: number; AlarmActions: string[] }[] }>(
        'cloudwatch',
        'describe-alarms',
        '--alarm-names',
        'cur-freshness',
      ),
    ]);
    expect(Subscriptions).toMatchObject([
      { Protocol: 'lambda', Endpoint: expect.stringMatching(/:function:responder-dispatcher/) as string },
    ]);
    expect(MetricAlarms).toMatchObject([{ StateValue: 'OK', Threshold: 2, AlarmActions: [topic] }]);
  });

  test('aws cloudwatch set-alarm-state starts a run, aws lambda invoke tells its status', async () => {
    const before = world.services.lambda.executionsOf('responder-runner').length;
    await world.cli.aws(
      'cloudwatch',
      'set-alarm-state',
      '--alarm-name',
      'cur-freshness',
      '--state-value',
      'ALARM',
      '--state-reason',
      'by hand',
    );
    const run = await runEnded();
    expect(world.services.lambda.executionsOf('responder-runner')).toHaveLength(before + 1);
    const status = await statusOf(run);
    expect(status).toMatchObject({
      run,
      playbook: 'cur-freshness',
      mode: 'live',
      outcome: 'self-healed',
    });
    // The datapoints disagree with whoever set it.
    const { MetricAlarms } = await world.cli.json<{ MetricAlarms: { StateValue: string }[] }>(
      'cloudwatch',
      'describe-alarms',
      '--alarm-names',
      'cur-freshness',
    );
    expect(MetricAlarms).toMatchObject([{ StateValue: 'OK' }]);
  });

  test('aws lambda invoke rehearses a repair, and nothing is started', async () => {
    await makeStale(world);
    const period = periodAtStake(world);
    const jobRuns = () => world.services.glue.runs.of(world.services.estate.ingestion.job).length;
    const before = jobRuns();
    const call = {
      run: 'cur-freshness',
      target: { period },
      mode: 'dry-run',
      by: 'a person',
      reason: 'to see what it would do',
    };
    const answer = await world.cli.invoke('responder-manual', call);
    const run = await runEnded();
    expect(answer).toMatchObject({ ok: true, data: { run, started: true, mode: 'dry-run' } });
    const status = await statusOf(run);
    expect(status).toMatchObject({ mode: 'dry-run', outcome: 'rehearsed' });
    expect(await world.run(run)).toMatchObject({
      target: { period },
      decision: { kind: 'act', plan: [{ action: 'start-ingestion', params: { period } }] },
    });
    expect(jobRuns()).toBe(before);
    const wrong = await world.cli.invoke<object>('responder-manual', { ...call, mode: 'try' });
    expect(JSON.stringify(wrong)).toMatch(/mode.*dry-run/);
  });

  test('aws glue start-job-run repairs by hand: without arguments it takes the open period', async () => {
    const { services } = world;
    const { JobRunId: id } = await world.cli.json<{ JobRunId: string }>(
      'glue',
      'start-job-run',
      '--job-name',
      'cur_ingest_prod',
    );
    await world.clock.advanceUntil(
      () => services.glue.runs.get(id)?.state !== 'RUNNING',
      world.inMinutes(10),
    );
    const [{ JobRuns }, { events }] = await Promise.all([
      world.cli.json<{ JobRuns: { Id: string; JobRunState: string }[] }>(
        'glue',
        'get-job-runs',
        '--job-name',
        'cur_ingest_prod',
        '--max-items',
        '1',
      ),
      world.cli.json<{ events: { message: string }[] }>(
        'logs',
        'filter-log-events',
        '--log-group-name',
        '/aws/lambda/commercial-ops-cur-ingestion',
        '--filter-pattern',
        'loaded',
      ),
    ]);
    expect(JobRuns).toMatchObject([{ Id: id, JobRunState: 'SUCCEEDED' }]);
    expect(events.at(-1)?.message).toMatch(/loaded \d+ lines of 2026-11/);
    const { athena, ledger } = await services.commercialOps.freshness();
    expect(Math.max(athena.days ?? Infinity, ledger.days ?? Infinity)).toBeLessThan(2);
  });
});
