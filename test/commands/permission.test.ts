import { commands } from '../../lambdas/commands/commands.ts';
import { VERBS, type Verb } from '../../lambdas/domain/people.ts';
import { proofOf } from '../../scripts/respond/sign.ts';
import { bootWorld } from '../support/world.ts';
import { people, type Answered, type Key } from './people.ts';

const world = bootWorld({}, people);

/** A right input for each command, so that nothing but the person is wrong with it. */
const INPUTS: Readonly<Record<string, object>> = {
  why: { run: 'r-1' },
  incident: { incident: 'INC-1' },
  ack: { incident: 'INC-1' },
  resolve: { incident: 'INC-1', reason: 'done' },
  approve: { id: 'A-1', plan: '0123456789abcdef' },
  refuse: { id: 'A-1', reason: 'no' },
  pause: { reason: 'stop' },
  resume: { reason: 'go' },
  'catch-up': { reason: 'go' },
  run: { playbook: 'cur-freshness', target: { period: '2026-11' }, reason: 'try' },
  replay: { run: 'r-1', reason: 'try' },
  retry: { run: 'r-1', reason: 'try' },
  undo: { run: 'r-1', reason: 'try' },
  trust: { playbook: 'invoice-lag', rung: 'auto', reason: 'good' },
  reset: { playbook: 'invoice-lag', reason: 'found' },
  confirm: { id: 'O-01234567' },
  view: { page: 'now' },
  shadow: { playbook: 'cur-freshness' },
  postmortem: { incident: 'INC-1' },
  'sign-postmortem': { incident: 'INC-1', document: 'x' },
  'explain-gap': { from: '2026-11-20', to: '2026-11-21', reason: 'x' },
};
const NAMES = Object.keys(commands);
const inputOf = (name: string) => INPUTS[name] ?? {};

const refusals = async (): Promise<{ command: string; caller: string | null }[]> => {
  const { rows } = await world.pool.query<{ body: string }>(
    `select body from responder.audit where kind = 'responder.refused'`,
  );
  return rows.map(({ body }) => JSON.parse(body) as { command: string; caller: string | null });
};

/** All that people's commands may change. */
const state = async (): Promise<unknown> => {
  const { rows } = await world.pool.query(
    `select (select count(*) from responder.command) as commands, (select count(*) from responder.run) as runs,
            (select json_agg(s) from responder.switch s) as switches, (select json_agg(s) from responder.standing s) as standing,
            (select count(*) from responder.approver) as approvers`,
  );
  return rows[0];
};

const throughUrl = (key: Key) => async (name: string) =>
  world.send(await world.request(key, { command: world.command(name, inputOf(name)) }));

/** By somebody who may invoke the function, with an event that they wrote and an honest proof of their own. */
const forged =
  (key: Key, arn: string) =>
  async (name: string): Promise<Pick<Answered, 'status'>> => {
    const command = world.command(name, inputOf(name));
    const proof = await proofOf(command, world.needs(key));
    const answer = await world.invoke({
      version: '2.0',
      requestContext: { http: { method: 'POST', path: '/' }, authorizer: { iam: { userArn: arn } } },
      body: JSON.stringify({ command, proof }),
      isBase64Encoded: false,
    });
    return { status: Number(answer['statusCode']) };
  };

const user = (name: string) => `arn:aws:iam::012345678901:user/${name}`;
const principal = (arn: string): Key => world.issue(arn);

test.each<[string, string, () => (name: string) => Promise<Pick<Answered, 'status'>>]>([
  [
    'a user whom AWS lets through and nobody lists',
    user('contractor'),
    () => throughUrl(world.keyOf('contractor')),
  ],
  [
    'the same by a plain invoke',
    user('contractor'),
    () => forged(world.keyOf('contractor'), user('contractor')),
  ],
  [
    'a user without any permission, by a forged event',
    user('onlooker'),
    () => forged(world.keyOf('onlooker'), user('onlooker')),
  ],
  ...[
    'arn:aws:sts::012345678901:assumed-role/responder-runner-us-east-1/responder-runner',
    'arn:aws:sts::012345678901:assumed-role/ci-deploy/sre-one',
    'arn:aws:sts::012345678901:federated-user/sre-one',
    'arn:aws:sts::012345678901:assumed-role/AWSReservedSSO_Sre_0123456789abcdef/sre-one',
  ].map((arn): [string, string, () => (name: string) => Promise<Pick<Answered, 'status'>>] => [
    `${arn.split(':').at(-1)}, by a forged event`,
    arn,
    () => forged(principal(arn), arn),
  ]),
])('%s commands nothing, and every try is audited', async (_who, arn, sender) => {
  const before = await state();
  const send = sender();
  for (const name of NAMES) expect([name, (await send(name)).status]).toEqual([name, 403]);
  expect(await state()).toEqual(before);
  const audited = (await refusals()).filter(({ caller }) => caller === arn).map(({ command }) => command);
  expect(audited.sort()).toEqual([...NAMES].sort());
});

test('the root user is nobody in particular', async () => {
  const send = forged(world.rootKey, 'arn:aws:iam::012345678901:root');
  for (const name of NAMES) expect([name, (await send(name)).status]).toEqual([name, 403]);
});

test('without a proof nobody commands or reads, and the tries are audited', async () => {
  for (const name of NAMES) {
    const answer = await world.invoke({ command: world.command(name, inputOf(name)) });
    expect([name, answer['ok']]).toEqual([name, false]);
  }
  const audited = (await refusals()).filter(({ caller }) => caller === null).map(({ command }) => command);
  expect(audited.sort()).toEqual([...NAMES].sort());
});

test('who may only read gives no command that orders anything', async () => {
  const send = throughUrl(world.keyOf('auditor'));
  const before = await state();
  for (const name of NAMES) {
    const { status } = await send(name);
    const may = commands[name]?.may.includes('look') ?? false;
    expect([name, status === 403]).toEqual([name, !may]);
  }
  const { commands: _reads, ...rest } = (await state()) as Record<string, unknown>;
  const { commands: _before, ...others } = before as Record<string, unknown>;
  expect(rest).toEqual(others);
});

test.each(VERBS)('each command needs one of the verbs; %s is one of some', (verb: Verb) => {
  expect(NAMES.some((name) => commands[name]?.may.includes(verb))).toBe(true);
});

test('a sender fills the audit with one entry an hour and command', async () => {
  const send = throughUrl(world.keyOf('contractor'));
  await send('pause');
  const before = (await refusals()).length;
  for (let i = 0; i < 5; i += 1) await send('pause');
  expect(await refusals()).toHaveLength(before);
});
