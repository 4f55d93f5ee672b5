import { Athena } from '@aws-sdk/client-athena';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { athenaUse } from '../../../lambdas/reporting/daily-report/athena-use.ts';
import { dayOf } from '../../../lambdas/platform/calendar.ts';
import { Prices } from '../../../lambdas/domain/prices.ts';
import { Estate } from '../../../lambdas/platform/settings.ts';
import { ReportFigures } from '../../../lambdas/reporting/daily-report/figures.ts';
import { bootWorld } from '../../support/world.ts';
import { account } from '../../path/account.ts';
import { seedRun } from './seed.ts';

const PREFIX = 'ops/reports/';

// What days take is the report's alone: nothing else runs while they pass.
const world = bootWorld({ settled: true, schedules: /report/ }, account);
beforeAll(async () => {
  const { services } = world;
  const Dimensions = [{ Name: 'FunctionName', Value: 'responder-runner' }];
  const metric = { Dimensions, Timestamp: new Date('2026-11-22T12:00:00Z') };
  services.cloudwatch.putMetricData('AWS/Lambda', [
    { ...metric, MetricName: 'Duration', Unit: 'Milliseconds', Value: 3_000_000 },
    { ...metric, MetricName: 'Invocations', Unit: 'Count', Value: 40 },
  ]);
});

async function invoke(event: object = {}): Promise<{ answer: unknown; failed: boolean }> {
  const { Payload, FunctionError } = await world.aws.lambda.send(
    new InvokeCommand({ FunctionName: 'responder-report', Payload: JSON.stringify(event) }),
  );
  const answer: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
  return { answer, failed: FunctionError !== undefined };
}

const bucket = (): string => world.outputs['RecordBucket'] ?? '';
const told = (topic: string) => world.notices(topic, /^\[report\]/);
const kept = async (key: string): Promise<string> => {
  const { Body } = await world.aws.s3.send(
    new GetObjectCommand({ Bucket: bucket(), Key: `${PREFIX}${key}` }),
  );
  return (await Body?.transformToString()) ?? '';
};
const keys = async (): Promise<string[]> => {
  const { Contents = [] } = await world.aws.s3.send(
    new ListObjectsV2Command({ Bucket: bucket(), Prefix: PREFIX }),
  );
  return Contents.map(({ Key = '' }) => Key.slice(PREFIX.length));
};
const forget = (key: string) =>
  world.aws.s3.send(new DeleteObjectCommand({ Bucket: bucket(), Key: `${PREFIX}${key}` }));
const page = (date: string): string =>
  `https://us-east-1.console.aws.amazon.com/s3/object/${bucket()}?region=us-east-1&bucketType=general&prefix=${PREFIX}${date}/report.html`;
const told22 = { date: '2026-11-22', told: true };

test('a mistyped payload is answered with what is wrong, and makes no report', async () => {
  const { answer, failed } = await invoke({ day: '2026-11-22' });
  expect({ failed, answer }).toMatchObject({
    failed: false,
    answer: {
      ok: false,
      text: expect.stringMatching(/nothing was done.*"date":"2026-11-23".*"day"/s) as string,
    },
  });
  expect([...told('commercial-ops-sre'), ...(await keys())]).toEqual([]);
});

test('a day that is not over is refused, with what is wanted', async () => {
  const { answer, failed } = await invoke({ date: '2026-11-23' });
  expect(failed).toBe(false);
  expect(answer).toEqual({
    ok: false,
    text: 'the day 2026-11-23 is not over; wanted 2026-11-22 or one before it',
  });
});

test('with the ledger away it fails, and nobody is told of a day that nobody knows', async () => {
  world.ledger.cut();
  expect(await invoke()).toMatchObject({ failed: true });
  world.ledger.restore();
  expect(await keys()).toEqual([]);
  expect(told('commercial-ops-sre')).toEqual([]);
});

test('then yesterday is kept as page and text, and SRE and FinOps are told of it', async () => {
  const run = { run: 'lag-1', playbook: 'invoice-lag', severity: 'SEV-3', at: -1_300 } as const;
  await seedRun(world.pool, run);
  expect(await invoke()).toEqual({ failed: false, answer: [{ ...told22, page: page('2026-11-22') }] });
  expect(await keys()).toEqual(
    ['incidents.csv', 'report.html', 'report.json', 'report.txt'].map((name) => `2026-11-22/${name}`),
  );
  const figures = ReportFigures.parse(JSON.parse(await kept('2026-11-22/report.json')));
  expect(figures.incidents.map(({ incident }) => incident)).toEqual(['INC-lag-1']);
  // Its own login may read what the month's close and the money that waits are made of.
  expect(figures.now).toMatchObject({
    close: { month: '2026-10' },
    blocked: { count: expect.any(Number) as number },
  });
  const [head, row] = (await kept('2026-11-22/incidents.csv')).split('\r\n');
  expect(head).toMatch(/^incident,episode,playbook,/);
  expect(row).toMatch(/^INC-lag-1,1,invoice-lag,/);
  const text = await kept('2026-11-22/report.txt');
  for (const topic of ['commercial-ops-sre', 'commercial-ops-finops']) {
    expect(told(topic)).toHaveLength(1);
    expect(told(topic)[0]).toMatchObject({
      subject: '[report] 2026-11-22: nothing needs you; 1 incident opened, 0 closed...',
      message: text,
    });
  }
  expect(text).toContain(`Page: ${page('2026-11-22')}`);
  expect(text).toContain('SEV-3 INC-lag-1');
  const tooLong = text.split('\n').filter((line) => line.length > 80 && !line.startsWith('Page: '));
  expect(tooLong).toEqual([]);
  const html = await kept('2026-11-22/report.html');
  expect(html).toContain('INC-lag-1');
  const { ContentType } = await world.aws.s3.send(
    new HeadObjectCommand({ Bucket: bucket(), Key: `${PREFIX}2026-11-22/report.html` }),
  );
  expect(ContentType).toBe('text/html; charset=utf-8');
});

test('what CloudWatch knows is priced, and what it does not know is not nothing', async () => {
  const html = await kept('2026-11-22/report.html');
  // 3,000 s of 1,024 MB: 3,000 GB-seconds at 0.0000133334, and 40 requests.
  expect(html).toContain('3000.000 GB-seconds, 40 invocations; unknown of responder-dispatcher, ');
  expect(html).toContain('0.04 USD');
  expect(html).toContain('0 queries, 0 bytes');
});

test('once reported, the schedule has nothing to do', async () => {
  expect(await invoke()).toEqual({ failed: false, answer: [] });
  expect(told('commercial-ops-sre')).toHaveLength(1);
});

test('made again by hand, it replaces the objects, and an unchanged day is not told again', async () => {
  const before = await kept('2026-11-22/report.html');
  // The page says when it was written.
  await world.pass(2);
  const again = { date: '2026-11-22', page: page('2026-11-22'), told: false };
  expect(await invoke({ date: '2026-11-22' })).toEqual({ failed: false, answer: [again] });
  expect(await kept('2026-11-22/report.html')).not.toBe(before);
  expect(told('commercial-ops-sre')).toHaveLength(1);
});

test('a day of which more is known since is told again', async () => {
  const run = {
    run: 'late-1',
    playbook: 'budget-stale',
    severity: 'SEV-2',
    at: -1_200,
    end: -1_190,
  } as const;
  await seedRun(world.pool, run);
  expect(await invoke({ date: '2026-11-22' })).toMatchObject({ answer: [told22] });
  expect(told('commercial-ops-finops')).toHaveLength(2);
});

test('evidence loses its rows in the ledger after 90 days, and keeps its count and its hash', async () => {
  const run = {
    run: 'kept-1',
    playbook: 'budget-stale',
    severity: 'SEV-2',
    at: -1_100,
    end: -1_090,
  } as const;
  await seedRun(world.pool, run);
  await world.pool.query(
    `insert into responder.evidence (run_id, key, probe, source, query, parameters, rows, row_count, sha256, taken_at)
     select 'kept-1', 'before/p/' || days, 'p', 'ledger', 'q', '{}', '[1, 2]', 2, 'h' || days, $1::timestamptz - make_interval(days => days)
     from unnest(array[89, 91]) as days`,
    [world.clock.now()],
  );
  await invoke({ date: '2026-11-22' });
  const { rows } = await world.pool.query(
    `select key, rows, row_count as count, sha256 from responder.evidence where run_id = 'kept-1' order by key`,
  );
  expect(rows).toEqual([
    { key: 'before/p/89', rows: [1, 2], count: 2, sha256: 'h89' },
    { key: 'before/p/91', rows: [], count: 2, sha256: 'h91' },
  ]);
});

test('what Athena scanned for us is counted by the day, each query as it is charged', async () => {
  const athena = new Athena({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  const bucket = 'commercial-ops-responder-athena-012345678901-us-east-1';
  const settings = {
    estate: Estate.parse({}),
    prices: Prices.parse({}),
    queries: { workgroup: 'responder', bucket, prefix: 'results' },
  };
  const on = (date: string) => athenaUse({ athena: async () => athena }, settings, dayOf(date, 'UTC'));
  // Settling the alarms took measurements, which ask Athena.
  const { queries, bytes, chargedBytes } = await on('2026-11-23');
  expect(queries).toBeGreaterThan(0);
  expect(bytes).toBeGreaterThan(0);
  expect(chargedBytes).toBe(queries * 10 * 1_048_576);
  expect(await on('2026-11-22')).toEqual({ queries: 0, bytes: 0, chargedBytes: 0 });
  athena.destroy();
});

test('the schedule makes up for the days since the last that was told, and for no more than three', async () => {
  const { services, clock } = world;
  await Promise.all(['report.html', 'report.txt'].map((name) => forget(`2026-11-22/${name}`)));
  expect(await invoke({ date: '2026-11-18' })).toMatchObject({
    answer: [{ date: '2026-11-18', told: true }],
  });
  const before = told('commercial-ops-sre').length;
  const [schedule] = services.scheduler.schedules.all().filter(({ name }) => name.includes('report'));
  if (!schedule) throw new Error('there is no schedule of the report');
  // Its own target and role, sooner.
  await services.scheduler.createSchedule({ ...schedule, expression: 'rate(1 minute)' });
  await clock.advanceTo(new Date(clock.now().getTime() + 61_000));
  await world.until('yesterday’s report', async () => (await keys()).includes('2026-11-22/report.txt'), 5);
  expect((await keys()).filter((key) => key.endsWith('.txt'))).toEqual([
    '2026-11-18/report.txt',
    '2026-11-20/report.txt',
    '2026-11-21/report.txt',
    '2026-11-22/report.txt',
  ]);
  expect(
    told('commercial-ops-sre')
      .slice(before)
      .map(({ subject }) => subject?.slice(0, 19)),
  ).toEqual(['[report] 2026-11-20', '[report] 2026-11-21', '[report] 2026-11-22']);
});
