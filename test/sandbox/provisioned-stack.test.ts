import { settingsOfFunction } from '../../sandbox/settings-here.ts';
import { loginOf } from '../../lambdas/platform/settings.ts';
import { readConfig } from '../../lib/config.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { Provisioned } from '../../emulator/provision/provisioner.ts';
import { templateFor, type TemplateAndAssets } from '../../sandbox/template.ts';
import { sampleHandlers } from '../lib/sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { startServices, type Services } from '../../emulator/test/provision/services.ts';

const STACK = 'commercial-ops-responder';
const config = {
  ledger: {
    host: '127.0.0.1',
    tls: 'off',
    logins: { kind: 'secret', secret: 'ledger/{login}' },
  },
  subscriptions: { sre: ['sre@example.org'] },
};

let synthesised: TemplateAndAssets;
let services: Services;
let provisioned: Provisioned;

const provision = (into: Services): Promise<Provisioned> => {
  // There is no ledger here to migrate, and no wire to answer on.
  into.customResources.request = (_fn, { StackId, LogicalResourceId }) =>
    Promise.resolve({
      Status: 'SUCCESS',
      PhysicalResourceId: 'migrated',
      RequestId: 'none',
      StackId,
      LogicalResourceId,
    });
  return into.provisioner.provision({ stackName: STACK, ...synthesised });
};

beforeAll(async () => {
  synthesised = await templateFor({ config, cacheDir: scratchDir(), entryDir: sampleHandlers() });
  services = startServices();
  provisioned = await provision(services);
});
afterAll(() => services.stop());

const role = (name: string) => services.iam.principalOf(arn('iam', `role/${name}-us-east-1`));
const mayRunner = (action: string, resource: string) =>
  services.iam.check(role('responder-runner'), action, resource);
const alarmsTopic = arn('sns', 'commercial-ops-alarms');
const alarm = { AlarmName: 'cur-freshness', StateValue: 'ALARM' as const, StateReason: 'a test' };

describe('the stack, made of the sandbox', () => {
  it('answers with the outputs of the stack', () => {
    expect(provisioned.outputs).toEqual({
      Dispatcher: 'responder-dispatcher',
      Manual: 'responder-manual',
      Runner: arn('lambda', 'function:responder-runner:live'),
      Rehearser: arn('lambda', 'function:responder-rehearser:live'),
      Migrate: 'responder-migrate',
      Escalation: arn('lambda', 'function:responder-escalation:live'),
      RespondUrl: 'http://127.0.0.1:4566/_url/responder-respond/',
      AcknowledgeUrl: 'http://127.0.0.1:4566/_url/responder-acknowledge/',
      AlarmsTopic: alarmsTopic,
      SreTopic: arn('sns', 'commercial-ops-sre'),
      FinopsTopic: arn('sns', 'commercial-ops-finops'),
      RecordBucket: 'commercial-ops-responder-012345678901-us-east-1',
      AnchorBucket: 'commercial-ops-responder-anchors-012345678901-us-east-1',
    });
    expect(provisioned.leftOver).toEqual([]);
  });

  it('carries an alarm from CloudWatch to the dispatcher, through key and topic policies', async () => {
    const invoke = jest.spyOn(services.lambda, 'invoke');
    await services.cloudwatch.setAlarmState(alarm);
    await services.clock.idle();
    expect(invoke.mock.calls.map(([request]) => request.function)).toEqual([
      arn('lambda', 'function:responder-dispatcher'),
    ]);
    await expect(invoke.mock.results[0]?.value).resolves.toMatchObject({ statusCode: 202 });
    invoke.mockRestore();
  });

  it.each([
    ['another service', { service: 'events.amazonaws.com' }],
    [
      "another account's alarm",
      {
        service: 'cloudwatch.amazonaws.com',
        sourceArn: 'arn:aws:cloudwatch:us-east-1:999999999999:alarm:cur-freshness',
      },
    ],
  ])('lets %s not publish alarms', async (_who, publisher) => {
    await expect(services.sns.publish({ topicArn: alarmsTopic, message: '{}' }, publisher)).rejects.toThrow();
  });

  it('declares every alarm of every playbook', () => {
    const names = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));
    const made = services.store
      .collection('cloudwatch.alarm')
      .entries()
      .map(([name]) => name);
    expect(made).toEqual(expect.arrayContaining(names));
  });

  it('gives roles what the template says: the runner looks, the actor acts', () => {
    const job = arn('glue', 'job/cur_ingest_prod');
    expect(mayRunner('glue:GetJobRuns', job)).toMatchObject({ allowed: true });
    expect(mayRunner('glue:StartJobRun', job)).toMatchObject({ allowed: false });
    expect(mayRunner('sts:AssumeRole', arn('iam', 'role/responder-actor-us-east-1'))).toMatchObject({
      allowed: true,
    });
    expect(
      services.iam.check(
        { ...role('responder-actor'), tags: { action: 'start-ingestion' } },
        'glue:StartJobRun',
        job,
      ),
    ).toMatchObject({
      allowed: true,
    });
  });

  it('runs the bundle, told the sandbox’s settings', async () => {
    const { fn } = services.lambda.functions.resolve('responder-runner', 'live');
    const settings = settingsOfFunction(fn);
    const { logins, ...connection } = readConfig(config).ledger;
    expect(settings).toMatchObject({
      account: '012345678901',
      ledger: { ...connection, auth: loginOf(logins, 'runner'), actors: logins },
    });
    expect(fn).toMatchObject({
      version: '1',
      durable: { executionTimeoutSeconds: 604_800, retentionDays: 14 },
      deadLetterArn: arn('sqs', 'responder-runner-dead-letters'),
    });
    const answer = await services.lambda.invoke({
      function: 'responder-dispatcher',
      type: 'RequestResponse',
    });
    expect(answer.payload).toBe('"dispatcher"');
  });

  it('tells people at the addresses of the configuration, as if they had agreed', () => {
    expect(services.sns.subscriptionsOf(arn('sns', 'commercial-ops-sre'))).toMatchObject([
      { protocol: 'email', endpoint: 'sre@example.org', confirmed: true },
    ]);
  });

  it('calls signals and sweep on time, once each time', () => {
    expect(services.scheduler.schedule('responder-signals-schedule')).toMatchObject({
      expression: 'rate(5 minutes)',
      targetArn: arn('lambda', 'function:responder-signals'),
      state: 'ENABLED',
      retry: { attempts: 0 },
    });
  });
});

describe('the stack, made again when the sandbox is started again', () => {
  it('finds its alarms in their states, its subscriptions single, its messages waiting', async () => {
    const first = startServices();
    await provision(first);
    await first.cloudwatch.setAlarmState(alarm);
    await first.sqs.send(arn('sqs', 'responder-runner-dead-letters'), 'a letter');
    const before = {
      alarm: first.store.collection('cloudwatch.alarm').get('cur-freshness'),
      subscriptions: first.store.collection('sns.subscription').entries(),
    };
    await first.stop();

    const second = startServices(first.store, new Date('2026-11-23T09:00:00.000Z'));
    await provision(second);
    expect(second.store.collection('cloudwatch.alarm').get('cur-freshness')).toEqual(before.alarm);
    expect(before.alarm).toMatchObject({ state: { value: 'ALARM' } });
    expect(second.store.collection('sns.subscription').entries()).toEqual(before.subscriptions);
    expect(second.sqs.counts(arn('sqs', 'responder-runner-dead-letters')).visible).toBe(1);
    expect(second.lambda.functions.resolve('responder-runner', 'live').fn.version).toBe('1');
    await second.stop();
  });
});
