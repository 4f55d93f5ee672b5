import { callSigned } from '../../sandbox/signed-order.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { acknowledge, type Episode } from '../../lambdas/record/incidents.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import type { Severity } from '../../lambdas/domain/decision.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { jiraAway } from '../../sandbox/faults/out-of-reach.ts';
import { asPerson } from '../../sandbox/as-person.ts';
import { escalate } from '../support/decisions.ts';
import { ending, opening } from '../support/runs.ts';
import { bootWorld } from '../support/world.ts';

/** Every rung of every severity, on the deployed function and the sandbox's clock: all incidents stand side by side. */

const BUCKET = 'commercial-ops-responder-012345678901-us-east-1';
const LIMIT_MINUTES = { 'SEV-1': 15, 'SEV-2': 60, 'SEV-3': 240, 'SEV-4': 1_440 } as const;
const SEVERITIES = Object.keys(LIMIT_MINUTES) as (keyof typeof LIMIT_MINUTES)[];

/** When somebody acknowledges: seconds before or after the limit of that rung. */
const ACKNOWLEDGED = [
  { rung: 1, seconds: -1, called: ['sre'] },
  { rung: 1, seconds: 1, called: ['sre', 'lead'] },
  { rung: 2, seconds: -1, called: ['sre', 'lead'] },
  { rung: 2, seconds: 1, called: ['sre', 'lead', 'management'] },
  { rung: undefined, seconds: 0, called: ['sre', 'lead', 'management'] },
] as const;

const cases = SEVERITIES.flatMap((severity) =>
  ACKNOWLEDGED.map((ack, i) => ({ severity, ...ack, run: `${severity.toLowerCase()}-${i}` })),
);

// Days go by here: nothing else has to happen in them.
const world = bootWorld({
  volatile: false,
  schedules: 'off',
  async holds({ services: { cloudwatch } }) {
    for (const { settings } of cloudwatch.alarms.all()) await cloudwatch.alarms.delete(settings.name);
  },
});

/** An incident that a run has left to people, as the engine writes it; then its escalation is started. */
async function leftToPeople(run: string, severity: Severity): Promise<string> {
  const at = world.clock.now().toISOString();
  const opened = { ...opening(run, 0, { target: { period: run } }), severity, openedAt: at };
  const { episode } = await openRun(world.pool, opened);
  const left = { decision: escalate('people must look', severity), why: 'people must look' };
  await endRun(world.pool, opened, ending('escalated', at, left), []);
  if (!episode) throw new Error(`run ${run} has opened no incident`);
  await start(episode);
  return episode.incident;
}

const start = (episode: Episode) => callSigned(world, episode);

const isOf = (incident: string, input: unknown): boolean => {
  const call = input as Episode;
  return call.incident === incident && call.episode === 1;
};

/** As the command writes it. Nobody wakes the escalation: it looks before it calls. */
async function acknowledgeAt(incident: string, at: Date): Promise<void> {
  const done = await transaction(world.pool, (client) =>
    acknowledge(client, incident, { by: 'sre-one', at: at.toISOString(), how: 'a command' }),
  );
  expect(done).toMatchObject({ done: true });
}

async function forget(incident: string): Promise<void> {
  const { engine } = world.services.lambda;
  const running = engine.executions
    .all()
    .find((one) => one.functionName === 'responder-escalation' && isOf(incident, JSON.parse(one.input)));
  await engine.stop(running?.arn, undefined);
}

// SEV-1 is called again for as long as nobody acknowledges: through all the days of the tests that follow.
afterEach(async () => {
  const { engine } = world.services.lambda;
  const running = engine.executions.all().filter(({ status }) => status === 'RUNNING');
  for (const { arn } of running) await engine.stop(arn, undefined);
});

const execution = (incident: string) =>
  world.services.lambda.executionsOf('responder-escalation').find(({ input }) => isOf(incident, input));

const calls = async (incident: string) =>
  (
    await world.pool.query<{ severity: string; level: number; recipient: string; late: number }>(
      `select severity, level, recipient, extract(epoch from told_at - due_at)::float as late from responder.told
       where incident_id = $1 and kind = 'call' and told_at is not null order by due_at, recipient desc`,
      [incident],
    )
  ).rows;

test('each severity calls rung after rung, each at its limit, until somebody acknowledges', async () => {
  const incidents = new Map<string, string>();
  for (const { run, severity, rung, seconds } of cases) {
    const incident = await leftToPeople(run, severity);
    incidents.set(run, incident);
    const opened = await world.pool.query<{ at: Date }>(
      'select opened_at as at from responder.incident where incident_id = $1',
      [incident],
    );
    const each = LIMIT_MINUTES[severity] * 60_000;
    const began = opened.rows[0]?.at.getTime() ?? 0;
    // What follows the last rung is another severity's ladder.
    world.clock.at(`test.over-${run}`, new Date(began + 2.05 * each), () => forget(incident));
    if (rung === undefined) continue;
    const limit = began + rung * each;
    world.clock.at(`test.ack-${run}`, new Date(limit + seconds * 1_000), async () => {
      if (seconds < 0) return acknowledgeAt(incident, new Date(limit + seconds * 1_000));
      const { ok, text } = await asPerson(world, 'sre-one', ['ack', incident]);
      if (!ok) throw new Error(text);
    });
  }
  await world.pass(2.1 * 1_440);

  for (const { run, severity, called } of cases) {
    const got = await calls(incidents.get(run) ?? '');
    const own = got.filter((call) => call.severity === severity);
    // For the lower ones nobody wakes management.
    const levels = called.slice(0, severity === 'SEV-1' || severity === 'SEV-2' ? 3 : 2);
    const wanted = levels.flatMap((recipient) =>
      severity === 'SEV-1' && recipient === 'sre' ? ['sre', 'finops'] : [recipient],
    );
    expect([run, own.map(({ recipient }) => recipient)]).toEqual([run, wanted]);
    for (const { late } of own) expect(late).toBe(0);
  }
});

const lead = (messages = world.services.sns.messages.all()) =>
  messages.filter(({ topicArn }) => topicArn.endsWith('commercial-ops-lead'));

test('a process that is killed while it calls the next rung is taken up: the rung is called, and the one after it', async () => {
  const incident = await leftToPeople('killed', 'SEV-1');
  await world.pass(1);
  const fault = world.faults.add({
    service: 'sns',
    operation: 'Publish',
    when: 'before',
    times: 1,
    effect: 'kill-worker',
    match: ({ TopicArn }) => String(TopicArn).endsWith('-lead'),
  });
  await world.pass(15);
  expect(world.faults.list().find(({ id }) => id === fault)?.fired).toBe(1);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'finops', 'lead']);
  await world.pass(15);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual([
    'sre',
    'finops',
    'lead',
    'management',
  ]);
});

test('Jira is away for an hour: the message says so, the issue is opened once, and the record says how late and why', async () => {
  const { sns, jira } = world.services;
  const before = { issues: jira.issues.all().length, messages: sns.messages.all().length };
  const fault = jiraAway(world, { minutes: 60 });
  const incident = await leftToPeople('jira-away', 'SEV-2');
  await world.pass(61);
  const call = lead(sns.messages.all().slice(before.messages)).find(({ message }) =>
    message.includes(incident),
  );
  expect(call?.message).toMatch(/^Jira: does not answer since \d+ Nov 2026 \S+ UTC; retried$/m);
  await world.pass(60);
  world.faults.clear(fault);
  const issues = jira.issues.all().slice(before.issues);
  expect(issues.map(({ fields }) => fields)).toMatchObject([
    {
      labels: ['responder', 'sev-2', `responder-${incident}`],
      summary: expect.stringMatching(/^\[SEV-2\] cur-freshness jira-away/) as string,
    },
  ]);
  const { rows } = await world.pool.query<{ late: number; tries: number; why: string; key: string }>(
    `select extract(epoch from told_at - due_at)::float / 60 as late, tries, why, jira_key as key
     from responder.told join responder.episode using (incident_id, episode) where incident_id = $1 and kind = 'jira'`,
    [incident],
  );
  expect(rows).toMatchObject([
    { key: issues[0]?.key, why: expect.stringMatching(/^first tried at \S+Z: /) as string },
  ]);
  expect(rows[0]?.late).toBeGreaterThan(55);
  expect(rows[0]?.tries).toBeGreaterThan(5);
});

test('a grave incident that is over: Jira hears of it, a postmortem is drafted, and asked for after 36 and 48 hours', async () => {
  const { sns, jira, s3 } = world.services;
  const incident = await leftToPeople('grave', 'SEV-2');
  await world.pass(2);
  const before = sns.messages.all().length;
  const { ok, text } = await asPerson(world, 'sre-two', [
    'resolve',
    incident,
    '--reason',
    'AWS has delivered the rest',
  ]);
  expect([ok, text]).toEqual([true, expect.stringContaining(incident)]);
  await world.pass(5);
  expect(
    jira.issues.all().find(({ fields }) => JSON.stringify(fields).includes(incident))?.comments,
  ).toHaveLength(1);

  const keys = s3.list(BUCKET, 'ops/postmortems/').map(({ key }) => key);
  const draft = new RegExp(String.raw`^ops/postmortems/2026-\d\d-\d\d/${incident}/draft.md$`);
  expect(keys.filter((key) => draft.test(key))).toHaveLength(1);
  await world.pass(49 * 60);
  const told = sns.messages
    .all()
    .slice(before)
    .filter(({ message }) => message.includes(`Incident ${incident}`));
  expect(told.map(({ topicArn, subject }) => `${topicArn.split('-').at(-1)} ${subject}`)).toEqual([
    expect.stringMatching(/^sre SEV-2 INC-\d+ OVER Costs were .*old: after 2 minutes$/),
    expect.stringMatching(/^sre SEV-2 INC-\d+ SIGN POSTMORTEM Costs were .*old/),
    expect.stringMatching(/^lead SEV-2 INC-\d+ POSTMORTEM LATE Costs were .*old/),
  ]);
  expect(execution(incident)?.status).toBe('SUCCEEDED');
});

test('without the ledger people are called all the same, by what is known; the record learns of it once it is back', async () => {
  const incident = await leftToPeople('ledger-away', 'SEV-1');
  await world.pass(1);
  world.ledger.cut();
  const before = lead().length;
  await world.pass(17);
  expect(
    lead()
      .slice(before)
      .map(({ message }) => message),
  ).toEqual([expect.stringContaining(`ack ${incident}`)]);
  world.ledger.restore();
  await world.pass(6);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'finops', 'lead']);
});

test('a sandbox that is stopped and started again goes on calling', async () => {
  const incident = await leftToPeople('stopped', 'SEV-1');
  await world.pass(1);
  await world.restart();
  await world.pass(15);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'finops', 'lead']);
});

test('a deployment between two rungs changes nothing for those who wait', async () => {
  const incident = await leftToPeople('deployed', 'SEV-1');
  await world.pass(1);
  world.deploy('responder-escalation', ({ environment }) => ({
    environment: { ...environment, DEPLOYED: 'again' },
  }));
  await world.pass(15);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'finops', 'lead']);
});

test('an incident that is over between two calls calls nobody any more, and stands down whom it has called', async () => {
  const incident = await leftToPeople('over', 'SEV-3');
  await world.pass(241);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'lead']);
  const before = lead().length;
  const at = world.clock.now().toISOString();
  const again = { ...opening('over-2', 0, { target: { period: 'over' } }), openedAt: at };
  await openRun(world.pool, again);
  // Nobody wakes it: it looks before it calls.
  await endRun(world.pool, again, ending('resolved', at, { why: 'the costs are 1.2 days old' }), []);
  // Its last level is called: the next check is when it would be raised, a day after it was opened.
  await world.pass(1_205);
  expect((await calls(incident)).map(({ recipient }) => recipient)).toEqual(['sre', 'lead']);
  expect(
    lead()
      .slice(before)
      .filter(({ message }) => message.includes('cur-freshness, period over'))
      .map(({ subject }) => subject),
  ).toEqual([expect.stringMatching(/^SEV-3 INC-\d+ OVER Costs were .*old: after 4 hours/)]);
  expect(execution(incident)).toMatchObject({
    status: 'SUCCEEDED',
    result: { why: expect.stringMatching(/^resolved at/) as string },
  });
});

test('where nobody has subscribed the next rung is called at once, and the record says that nobody was told', async () => {
  const { sns } = world.services;
  const topicArn = sns.topics.all().find(({ arn }) => arn.endsWith('commercial-ops-sre'))?.arn ?? '';
  const [subscription] = sns.subscriptionsOf(topicArn);
  if (!subscription) throw new Error('nobody has subscribed to SRE from the start');
  await sns.unsubscribe(subscription.arn);
  const incident = await leftToPeople('nobody', 'SEV-4');
  await world.pass(1);
  const { rows } = await world.pool.query(
    `select recipient, confirmed, told_at is not null as told, why from responder.told where incident_id = $1 order by recipient desc`,
    [incident],
  );
  expect(rows).toEqual([
    { recipient: 'sre', confirmed: 0, told: false, why: 'nobody has confirmed a subscription to sre' },
    { recipient: 'lead', confirmed: 1, told: true, why: null },
  ]);
  await sns.subscribe({ ...subscription });
});

test('what SNS throttles is told once it takes it, and the record says how late it was and why', async () => {
  const incident = await leftToPeople('throttled', 'SEV-1');
  await world.pass(1);
  const back = world.clock.now().getTime() + 25 * 60_000;
  const fault = world.faults.add({
    service: 'sns',
    operation: 'Publish',
    when: 'before',
    times: Infinity,
    match: ({ TopicArn }) => String(TopicArn).endsWith('-lead') && world.clock.now().getTime() < back,
    effect: new AwsError('ThrottledException', 'Rate exceeded', 429),
  });
  await world.pass(30);
  world.faults.clear(fault);
  const { rows } = await world.pool.query<{ late: number; tries: number; why: string }>(
    `select extract(epoch from told_at - due_at)::float / 60 as late, tries, why from responder.told
     where incident_id = $1 and recipient = 'lead'`,
    [incident],
  );
  const [told] = rows;
  expect(told?.late).toBeGreaterThan(10);
  expect(told?.late).toBeLessThan(17);
  expect(told?.tries).toBeGreaterThan(1);
  expect(told?.why).toMatch(/^\d+ s late; first tried at \S+Z: throttled \(ThrottledException\)$/);
});
