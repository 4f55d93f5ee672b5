import { jiraAnswerLost, jiraAway } from '../../../sandbox/faults/out-of-reach.ts';
import { START } from '../../../emulator/test/wire/serve.ts';
import { bootJira, failureOf, INCIDENT, ISSUE } from './boot.ts';

const world = bootJira();

const issues = () => world.jira.issues.all();
const minutesLater = (minutes: number) => world.clock.advanceTo(new Date(START.getTime() + minutes * 60_000));
const texts = (node: unknown): string[] => {
  const { text, content = [] } = node as { text?: string; content?: unknown[] };
  return [...(text === undefined ? [] : [text]), ...content.flatMap(texts)];
};

describe('an incident', () => {
  it('gets one issue that says what it is and links the evidence', async () => {
    const issue = await world.client.open(ISSUE);
    expect(issue).toEqual({ key: 'OPS-1', url: `${world.served.url}/_jira/browse/OPS-1` });
    const [{ fields }] = issues() as [ReturnType<typeof issues>[0]];
    expect(fields).toMatchObject({
      project: { key: 'OPS' },
      issuetype: { name: 'Incident' },
      summary: 'Costs are 4 days old',
      labels: ['responder', 'sev-1', `responder-${INCIDENT}`],
    });
    expect(texts(fields.description)).toEqual([
      `Incident ${INCIDENT}, SEV-1`,
      'Athena 4.1 d, ledger 4.1 d (limit 2 d).',
      'Nobody has acknowledged:',
      'sre, finops',
      'Evidence: freshness',
    ]);
    expect(JSON.stringify(fields.description)).toContain('{"href":"https://example.com/evidence/1"}');
  });

  it('has no second issue, whoever opens it again', async () => {
    const first = await world.client.open(ISSUE);
    await minutesLater(1);
    expect(await world.connect().open({ ...ISSUE, summary: 'Another text' })).toEqual(first);
    expect(await world.client.find(INCIDENT)).toEqual(first);
    expect(await world.client.find('another')).toBeUndefined();
    await world.client.open({ ...ISSUE, incident: 'another' });
    expect(issues().map(({ key }) => key)).toEqual(['OPS-1', 'OPS-2']);
  });

  it('whose answer was lost is found once Jira’s search has learnt of it, and made only once', async () => {
    world.jira.indexLagSeconds = 60;
    jiraAnswerLost(world);
    const lost = await failureOf(world.client.open(ISSUE));
    expect(lost).toMatchObject({ name: 'JiraError', failure: 'unclear' });
    expect(lost.message).toMatch(/asked to create the issue, and its answer was lost.*look again before/);
    expect(await world.client.find(INCIDENT)).toBeUndefined();
    await minutesLater(2);
    expect(await world.client.open(ISSUE)).toMatchObject({ key: 'OPS-1' });
    expect(issues()).toHaveLength(1);
  });

  it('that was made twice after all is the older one, for everybody', async () => {
    await Promise.all([world.client.open(ISSUE), world.connect().open(ISSUE)]);
    expect(issues()).toHaveLength(2);
    await minutesLater(1);
    expect(await world.client.find(INCIDENT)).toMatchObject({ key: 'OPS-1' });
  });
});

describe('a comment', () => {
  beforeEach(() => world.client.open(ISSUE));
  const comments = () => world.jira.issues.get('OPS-1')?.comments.map(({ body }) => texts(body)) ?? [];

  it('is added once, whoever repeats it', async () => {
    await world.client.comment('OPS-1', 'closed-1', 'It is over.\nAlarm and costs are healthy.');
    await world.connect().comment('OPS-1', 'closed-1', 'It is over.');
    await world.client.comment('OPS-1', 'closed-2', 'It is over again.');
    expect(comments()).toEqual([
      ['It is over.', 'Alarm and costs are healthy.', 'responder: closed-1'],
      ['It is over again.', 'responder: closed-2'],
    ]);
  });

  it('whose answer was lost is not added again', async () => {
    jiraAnswerLost(world, 'addComment');
    expect(await failureOf(world.client.comment('OPS-1', 'c', 'Over.'))).toMatchObject({
      failure: 'unclear',
    });
    await world.client.comment('OPS-1', 'c', 'Over.');
    expect(comments()).toEqual([['Over.', 'responder: c']]);
  });

  it('is looked for behind more than a page of others', async () => {
    const [issue] = issues();
    if (!issue) throw new Error('there is no issue');
    const said = (text: string) => ({
      type: 'doc',
      version: 1,
      content: [{ type: 'paragraph', content: [{ type: 'text', text }] }],
    });
    for (let i = 0; i < 130; i++) await world.jira.comment(issue, said(`people talk ${i}`));
    await world.jira.comment(issue, said('responder: c'));
    await world.client.comment('OPS-1', 'c', 'Over.');
    expect(comments()).toHaveLength(131);
  });

  it('on an issue that is gone says so', async () => {
    const gone = await failureOf(world.client.comment('OPS-9', 'c', 'Over.'));
    expect(gone).toMatchObject({ failure: 'refused', status: 404 });
    expect(gone.message).toMatch(
      /read the comments of OPS-9 \(HTTP 404\): Issue does not exist .*not see it/,
    );
  });
});

describe('while Jira is away', () => {
  it('nothing is made, and an hour later it is', async () => {
    jiraAway(world, { minutes: 60 });
    const away = await failureOf(world.client.open(ISSUE));
    expect(away).toMatchObject({ failure: 'away', status: undefined });
    expect(away.message).toContain('could not be asked to find the issue');
    await minutesLater(59);
    expect(await failureOf(world.client.open(ISSUE))).toMatchObject({ failure: 'away' });
    await minutesLater(61);
    expect(await world.client.open(ISSUE)).toMatchObject({ key: 'OPS-1' });
  });

  it.each([
    [503, undefined],
    [429, 60],
  ] as const)('its gateway says %s', async (status, retryAfterSeconds) => {
    jiraAway(world, { calls: 1 }, status);
    expect(await failureOf(world.client.open(ISSUE))).toMatchObject({
      failure: 'away',
      status,
      retryAfterSeconds,
    });
    expect(await world.client.open(ISSUE)).toMatchObject({ key: 'OPS-1' });
  });

  it('a connection that has died meanwhile is replaced for a look, never for a change', async () => {
    jiraAway(world, { calls: 1 });
    expect(await world.client.open(ISSUE)).toMatchObject({ key: 'OPS-1' });
    world.faults.add({
      service: 'jira',
      operation: 'createIssue',
      when: 'before',
      times: 1,
      effect: 'drop-connection',
    });
    expect(await failureOf(world.client.open({ ...ISSUE, incident: 'another' }))).toMatchObject({
      failure: 'unclear',
    });
    expect(issues()).toHaveLength(1);
  });

  it('nobody listens there', async () => {
    const client = world.connect({ url: 'http://127.0.0.1:9' });
    expect(await failureOf(client.open(ISSUE))).toMatchObject({ failure: 'away' });
  });
});

describe('Jira refuses, and the error tells a person what to do', () => {
  it.each([
    [{ project: 'NONE' }, /project: valid project is required\. Sent: .*summary.* people\.jira\.project/],
    [{ issueType: 'Epic' }, /issuetype: Specify a valid issue type\. .* people\.jira\.issueType/],
  ])('%j', async (change, wanted) => {
    const refused = await failureOf(world.connect(change).open(ISSUE));
    expect(refused.failure).toBe('refused');
    expect(refused.message).toMatch(wanted);
    expect(issues()).toEqual([]);
  });
});

test('an address where there is no Jira is to be corrected', async () => {
  const elsewhere = world.connect({ url: `${world.served.url}/_jira/elsewhere` });
  const refused = await failureOf(elsewhere.open(ISSUE));
  expect(refused.failure).toBe('refused');
  expect(refused.message).toMatch(/HTTP 404.*people\.jira\.url/);
});

describe('the login', () => {
  it('is read once, and again when the token was rotated', async () => {
    await world.client.open(ISSUE);
    await minutesLater(1);
    await world.client.find(INCIDENT);
    expect(world.secretReads()).toBe(1);
    await world.putSecret(JSON.stringify(await world.jira.rotate()));
    expect(await world.client.find(INCIDENT)).toMatchObject({ key: 'OPS-1' });
    expect(world.secretReads()).toBe(2);
  });

  it('that Jira does not take opens no second issue, although its search then finds nothing', async () => {
    await world.client.open(ISSUE);
    await minutesLater(1);
    const { token } = await world.jira.account();
    await world.jira.rotate();
    const refused = await failureOf(world.client.open(ISSUE));
    expect(refused).toMatchObject({ failure: 'refused' });
    expect(refused.message).toMatch(/login was refused: .*API token .* into arn:aws:secretsmanager:/);
    expect(JSON.stringify([refused.message, refused.stack])).not.toContain(token);
    expect(issues()).toHaveLength(1);
  });

  it.each(['', 'hunter2', '{"email":"a@example.com"}', '{"token":"hunter2"}'])(
    'is refused before Jira is asked if its secret is %j, which stays unsaid',
    async (secret) => {
      await world.putSecret(secret);
      const refused = await failureOf(world.client.open(ISSUE));
      expect(refused.failure).toBe('refused');
      expect(refused.message).toMatch(/"email" and "token"/);
      expect(`${refused.message} ${String(refused.cause)}`).not.toContain('hunter2');
    },
  );

  it('whose secret is not there is a matter for people; one that cannot be read just now is not', async () => {
    const secretArn = `${world.settings.secretArn}-none`;
    const missing = await failureOf(world.connect({ secretArn }).open(ISSUE));
    expect(missing.failure).toBe('refused');
    expect(missing.message).toContain(`${secretArn} could not be read (ResourceNotFoundException)`);
    world.faults.add({
      service: 'secretsmanager',
      when: 'before',
      times: 1,
      effect: 'drop-connection',
    });
    expect(await failureOf(world.client.open(ISSUE))).toMatchObject({ failure: 'away' });
    expect(await world.client.open(ISSUE)).toMatchObject({ key: 'OPS-1' });
  });
});
