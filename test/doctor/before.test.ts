import { chmodSync } from 'node:fs';
import { Pool } from 'pg';
import { Emulator } from '../../emulator/emulator.ts';
import { startPostgres } from '../../emulator/postgres/postgres.ts';
import { booted } from '../../emulator/test/support/booted.ts';
import { freshDatabase } from '../../emulator/test/support/postgres.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { installLedger } from '../../sandbox/commercial-ops/ledger.ts';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { PASSWORDS } from '../support/ledger.ts';
import { doctor, findingsIn } from './doctoring.ts';

/** An account without the stack, and a server of its own: logins belong to the server. */
const account = booted(async (defer) => {
  const state = await freshDatabase('state');
  defer(() => state.drop());
  const emulator = await Emulator.open({ dir: scratchDir(), database: state.url, volatile: true });
  defer(() => emulator.stop());
  const dir = scratchDir();
  chmodSync(dir, 0o755);
  const server = await startPostgres({ dir, tethered: true });
  defer(() => server.stop());
  const ledgerUrl = await server.database('ledger');
  const admin = new Pool({ connectionString: ledgerUrl, max: 1 });
  defer(() => admin.end());
  await installLedger(admin, PASSWORDS);
  return { emulator, ledgerUrl, admin };
});

test('what it cannot look at is unknown, and ends with 2', async () => {
  const { emulator } = account;
  const [noLedger, nobody] = await Promise.all([
    doctor(emulator, SANDBOX_CONFIG, { words: ['--json'] }),
    doctor(emulator, SANDBOX_CONFIG, {
      words: ['--json'],
      env: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    }),
  ]);
  const ledger = findingsIn(noLedger.out, 'unknown');
  expect(ledger.map(({ id }) => id)).toEqual([
    'ledger-login',
    'ledger-logins',
    'ledger-tables',
    'ledger-schema',
  ]);
  for (const { why, remedy } of ledger) expect(`${why} ${remedy}`).toMatch(/LEDGER_URL/);
  expect(findingsIn(noLedger.out, 'wrong').map(({ found }) => found)).toContain(
    'no role cdk-hnb659fds-cfn-exec-role-012345678901-us-east-1',
  );
  expect(nobody.code).toBe(2);
  expect(findingsIn(nobody.out, 'wrong')).toEqual([]);
  for (const { why } of findingsIn(nobody.out, 'unknown')) expect(why).toMatch(/credentials|LEDGER_URL/);
});

test('before a deployment it finds what would make it fail', async () => {
  const { emulator, ledgerUrl, admin } = account;
  const { s3, secrets, iam, logs, sqs, sns, lambda } = emulator.services;
  // What somebody, or a failed deployment, has left behind.
  await s3.createBucket('commercial-ops-responder-012345678901-us-east-1');
  await secrets.generateSecret('responder/link-key', 32);
  await iam.createRole({
    name: 'responder-runner-us-east-1',
    trust: { Version: '2012-10-17', Statement: [] },
  });
  await logs.createGroup({ name: '/aws/lambda/responder-signals' });
  await sns.createTopic({ name: 'commercial-ops-sre' });
  await sqs.createQueue({ name: 'responder-runner-dead-letters' });
  lambda.concurrency.account = 10;
  // It deploys by the policy that the command prints, and by nothing else.
  const printed = await doctor(emulator, SANDBOX_CONFIG, { words: ['--policy'] });
  // What a managed policy may hold, white space aside.
  expect(JSON.stringify(JSON.parse(printed.out)).length).toBeLessThan(6_144);
  const denied = { Statement: [{ Effect: 'Deny', Action: 'kms:CreateKey', Resource: '*' }] };
  await iam.createRole({
    name: 'cdk-hnb659fds-cfn-exec-role-012345678901-us-east-1',
    trust: { Statement: [] },
    policies: [
      { name: 'deploy', document: printed.out },
      { name: 'boundary', document: denied },
    ],
  });
  iam.setServiceControlPolicy('guardrail', {
    Statement: [{ Effect: 'Deny', Action: 'lambda:CreateFunctionUrlConfig', Resource: '*' }],
  });
  await admin.query(`
    create role rds_iam;
    grant rds_iam to responder_signals;
    alter role responder_report nologin;
    alter role responder_sweep createrole;
    drop owned by responder_anchor; drop role responder_anchor;
    drop schema responder`);

  const config = { ...SANDBOX_CONFIG, concurrency: { runner: 20 } };
  const { code, out, err } = await doctor(emulator, config, {
    words: ['--json'],
    env: { LEDGER_URL: ledgerUrl },
  });
  expect({ code, err }).toEqual({ code: 1, err: '' });
  const wrong = findingsIn(out, 'wrong');
  const of = (id: string): string[] => wrong.filter((one) => one.id === id).map(({ found }) => found);
  expect(of('names-free').sort()).toEqual([
    'the bucket commercial-ops-responder-012345678901-us-east-1',
    'the log group /aws/lambda/responder-signals',
    'the queue responder-runner-dead-letters',
    'the role responder-runner-us-east-1',
    'the secret responder/link-key',
    'the topic commercial-ops-sre',
  ]);
  expect(of('deploying-rights').sort()).toEqual([
    'an explicit deny: kms:CreateKey on *',
    'the organization: lambda:CreateFunctionUrlConfig on *',
  ]);
  expect(of('concurrency')).toEqual([expect.stringMatching(/may run 10 at a time.*reserves 2\d/)]);
  expect(of('estate')).toHaveLength(25);
  expect(wrong.filter(({ id }) => id === 'ledger-logins').map(({ fault }) => fault)).toEqual([
    'responder_sweep may do more than its function needs',
    'responder_signals cannot log in by its password: it has rds_iam, which comes first',
    'responder_report is not allowed to log in',
    'There is no login responder_anchor',
  ]);
  expect(of('ledger-schema')).toEqual(['no schema responder']);
  // Nobody is there yet to look from inside, or to confirm a subscription.
  expect(new Set(findingsIn(out, 'later').map(({ id }) => id))).toEqual(
    new Set(['subscriptions', 'endpoints']),
  );
});

test('a wrong configuration is answered with every mistake in it', async () => {
  const { code, out, err } = await doctor(account.emulator, { ledger: { port: 0 }, evidenceMonths: 1 });
  expect({ code, out }).toEqual({ code: 1, out: '' });
  for (const place of ['ledger.host', 'ledger.port', 'ledger.logins', 'evidenceMonths'])
    expect(err).toContain(place);
});
