import { SecretsManager as SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsManager, secretsManagerDefinition } from '../../../emulator/aws/secrets-manager.ts';
import { Pagers } from '../../../emulator/pager/pager.ts';
import { servePagers } from '../../../emulator/pager/serve.ts';
import { AwsError } from '../../../emulator/kernel/service.ts';
import { arn } from '../../../emulator/kernel/places.ts';
import { booted } from '../../../emulator/test/support/booted.ts';
import { makeWorld, serve } from '../../../emulator/test/wire/serve.ts';
import { namesOf } from '../../../lambdas/catalog/playbooks/names.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import type { Severity } from '../../../lambdas/domain/decision.ts';
import { People } from '../../../lambdas/domain/people.ts';
import { createPage } from '../../../lambdas/escalation/pager/page.ts';
import type { EpisodeState, MessageRecord } from '../../../lambdas/record/calls.ts';
import { minute } from '../../support/runs.ts';

/** What the stand-ins for PagerDuty and for others make of what they are sent; over HTTP, with real secrets. */
const world = booted(
  async (defer) => {
    const kernel = makeWorld();
    const pagers = new Pagers(kernel);
    const secrets = new SecretsManager(kernel);
    const served = await serve(kernel, [secretsManagerDefinition(secrets)], {
      pagers: servePagers({ ...kernel, pagers }),
    });
    defer(() => served.close());
    const client = new SecretsManagerClient(served.config());
    defer(() => client.destroy());
    const secretArn = (kind: string) => arn('secretsmanager', `secret:commercial-ops/${kind}-StUvWx`);
    const put = (kind: string, value: unknown) =>
      secrets.putSecret(secretArn(kind), `commercial-ops/${kind}`, JSON.stringify(value));
    const keys = await pagers.keys();
    await put('pagerduty', keys);
    await put('webhook', keys);
    const people = People.parse({
      pagers: ['pagerduty', 'webhook'].map((kind) => ({
        kind,
        name: kind,
        url: `${served.url}/_pager/${kind}`,
        secretArn: secretArn(kind),
      })),
    });
    return { ...kernel, pagers, put, keys, people, page: createPage(async () => client) };
  },
  { each: true },
);

const INCIDENT = 'INC-cur-freshness-20251001T000000-1f2e3d4c5b6a';

async function send(
  pager: string,
  kind: 'pager-trigger' | 'pager-acknowledge' | 'pager-resolve',
  severity: Severity = 'SEV-2',
): Promise<MessageRecord> {
  const state = {
    number: 41,
    playbook: 'cur-freshness',
    target: { period: '2026-11' },
    severity,
    openedAt: minute(0),
    openedByRun: 'run-1',
    told: [],
    runs: [],
  } as unknown as EpisodeState;
  const call = { incident: INCIDENT, episode: 2, openedByRun: 'run-1' } as never;
  const settings = { people: world.people, account: '012345678901', region: 'us-east-1' } as never;
  return world.page({ kind: 'page', pager, message: { kind, severity }, dueAt: minute(0) }, call, state, {
    settings,
    playbooks: namesOf(playbooks),
    now: () => world.clock.now(),
  });
}

const KEY = `${INCIDENT}/2/SEV-2`;
const states = () => world.pagers.alerts.all().map(({ pager, state, key }) => `${pager} ${key} ${state}`);

test.each(['pagerduty', 'webhook'])('%s: triggered, acknowledged and resolved by one key', async (pager) => {
  for (const [kind, state] of [
    ['pager-trigger', 'triggered'],
    ['pager-acknowledge', 'acknowledged'],
    // Sent again after an answer that was lost: one alert all the same.
    ['pager-trigger', 'acknowledged'],
    ['pager-resolve', 'resolved'],
  ] as const) {
    const tried = await send(pager, kind);
    expect(tried).toMatchObject({ recipient: pager, why: null });
    expect(tried.toldAt).not.toBeNull();
    expect(states()).toEqual([`${pager} ${KEY} ${state}`]);
  }
  expect(world.pagers.events.all()[0]).toMatchObject({ title: 'SEV-2 INC-41 Costs are old' });
});

test.each([
  ['SEV-1', 'critical'],
  ['SEV-2', 'error'],
  ['SEV-3', 'warning'],
  ['SEV-4', 'info'],
] as const)('%s is %s to PagerDuty', async (severity, theirs) => {
  await send('pagerduty', 'pager-trigger', severity);
  expect(world.pagers.events.all()).toMatchObject([{ severity: theirs }]);
});

test('what fails is on record with its remedy, and never with a secret', async () => {
  const tries: MessageRecord[] = [];
  const secret = 'f'.repeat(32);
  await world.put('pagerduty', { routingKey: secret });
  tries.push(await send('pagerduty', 'pager-trigger'));
  expect(tries[0]?.why).toMatch(/^first tried at \S+: pagerduty answered HTTP 400: .*check what arn:/);
  await world.put('webhook', { secret, authorization: 'Bearer x' });
  tries.push(await send('webhook', 'pager-trigger'));
  expect(tries[1]?.why).toContain('HTTP 401');
  await world.put('webhook', { secret: 'short' });
  tries.push(await send('webhook', 'pager-trigger'));
  expect(tries[2]?.why).toContain('"secret" of at least 32 characters');
  expect(JSON.stringify(tries)).not.toContain(secret);
  expect(tries.every(({ toldAt }) => toldAt === null)).toBe(true);
  expect(states()).toEqual([]);
});

test('a pager that is away is tried again, and no sooner than it asks', async () => {
  world.faults.add({ service: 'pager', when: 'before', times: 1, effect: 'drop-connection' });
  const unanswered = await send('pagerduty', 'pager-trigger');
  expect(unanswered.toldAt).toBeNull();
  expect(unanswered.why).toMatch(/pagerduty did not answer \(\w+\); it is tried again/);
  const busy = new AwsError('Busy', 'Too many requests', 429);
  world.faults.add({ service: 'pager', when: 'before', times: 1, effect: busy });
  const asked = await send('pagerduty', 'pager-trigger');
  expect(Date.parse(asked.notBefore ?? '') - Date.parse(asked.triedAt)).toBe(60_000);
});
