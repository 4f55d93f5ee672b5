import { arn } from '../../emulator/kernel/places.ts';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { bootWorld } from '../support/world.ts';
import { doctor, findingsIn } from './doctoring.ts';

const newest = migrations.at(-1)?.version ?? 0;

const world = bootWorld({ settled: true, schedules: 'off' });

test('of a right sandbox it says so', async () => {
  const { code, out, err } = await doctor(world, SANDBOX_CONFIG);
  expect(out).toMatch(/^0 wrong, 0 unknown, 0 later, \d+ ok: all is right$/m);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  // It has looked from inside, too.
  expect(out).toMatch(/^ok {7}ledger-login: responder_migrate at 127\.0\.0\.1:/m);
  expect(out).toMatch(/^ok {7}endpoints: 12 services answer$/m);
});

test('it names fifteen faults in one go, each with what was found, what is wanted and the remedy', async () => {
  const { services, pool, faults } = world;
  const { lambda, sns, secrets } = services;
  // In the configuration.
  const config = {
    ...SANDBOX_CONFIG,
    estate: {
      cur: { bucket: 'no-such-bucket' },
      ingestion: { job: 'no_such_job', logGroup: '/no/such/group', role: 'no-such-role' },
      notices: { tenants: 'no-such-topic' },
      payments: { queue: 'no-such-queue' },
      runners: { group: 'no-such-group' },
      // Only a playbook that is off would use it.
      logGroups: { auditWriter: '/no/such/audit' },
    },
    playbooks: { 'audit-events': 'off' },
    people: { ...SANDBOX_CONFIG.people, commanders: [] },
  };
  // In the account.
  lambda.functions.forget('allocation_runner');
  await secrets.deleteSecret(secrets.arnOf('commercial-ops/responder_report'));
  const topic = (name: string) => arn('sns', `commercial-ops-${name}`);
  for (const one of sns.subscriptionsOf(topic('lead')))
    await sns.subscriptions.put(one.arn, { ...one, confirmed: false });
  for (const one of sns.subscriptionsOf(topic('finops'))) await sns.unsubscribe(one.arn);
  // In the network of the functions.
  faults.add({
    service: 'sqs',
    operation: 'GetQueueUrl',
    match: ({ QueueName }) => /doctor/.test(String(QueueName)),
    when: 'before',
    times: Infinity,
    effect: 'drop-connection',
  });
  // In the ledger.
  await pool.query(`
    alter table recon_summary rename to somewhere_else;
    drop index fact_cost_raw_usage_end;
    alter table budget_master rename last_refreshed_at to refreshed;
    revoke insert on audit_event from responder_sweep;
    delete from responder.migration where version = (select max(version) from responder.migration)`);

  const { code, out, err } = await doctor(world, config, { words: ['--json'] });
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const found = findingsIn(out, 'wrong');
  expect(found.map(({ id, found }) => `${id}: ${found}`)).toEqual([
    'estate: no bucket no-such-bucket',
    'estate: no function allocation_runner',
    'estate: no log group /no/such/group',
    'estate: no topic no-such-topic',
    'estate: no queue no-such-queue',
    'estate: no Glue job no_such_job',
    'estate: no role no-such-role',
    'estate: no Auto Scaling group no-such-group',
    'cost-report: 0 manifests under s3://no-such-bucket/cur-prefix/',
    'commanders: 0 people in people.commanders',
    'subscriptions: 0 confirmed, 0 not yet: none',
    'subscriptions: 0 confirmed, 1 not yet: lead@example.com',
    'login-secrets: no secret commercial-ops/responder_report',
    'ledger-tables: no column budget_master.last_refreshed_at',
    'ledger-tables: no table public.recon_summary',
    'ledger-tables: no insert on audit_event',
    'ledger-tables: no index on fact_cost_raw that begins with line_item_usage_end_date',
    `ledger-schema: version ${newest - 1}`,
    'endpoints: no answer (TimeoutError)',
  ]);
  // What a Commercial-Ops without it switches off.
  const remedyFor = (what: string) => found.find((one) => one.found === `no ${what}`)?.remedy;
  expect(remedyFor('Auto Scaling group no-such-group')).toContain('"playbooks": {"runner-backlog":"off"}');
  expect(remedyFor('queue no-such-queue')).toContain('"playbooks": {"payment-mismatch":"off"}');
  for (const { fault, wanted, remedy } of found) expect([fault, wanted, remedy]).not.toContain('');
  expect(findingsIn(out, 'unknown')).toEqual([]);
});
