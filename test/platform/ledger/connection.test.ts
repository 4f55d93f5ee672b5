import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledgerAuthorities } from '../../../lib/ledger-authorities.ts';
import { connectLedger, poolOptions } from '../../../lambdas/platform/ledger/connection.ts';
import { LEDGER_AUTHORITIES, LedgerConnection } from '../../../lambdas/platform/settings.ts';
import { as } from '../../support/as-role.ts';
import { bootWorld } from '../../support/world.ts';

const secret = 'x';
const secretArn = 'arn:aws:secretsmanager:us-east-1:012345678901:secret:x-AbCdEf';
const connection = (change: Record<string, unknown>) =>
  LedgerConnection.parse({
    host: 'ledger.example.com',
    auth: { kind: 'secret', user: 'responder_runner', secret },
    actors: { kind: 'secret', secret: '{login}' },
    ...change,
  });

const optionsOf = (change: Record<string, unknown>) => {
  const settings = connection(change);
  return poolOptions(settings, 'us-east-1', { auth: settings.auth });
};

test('the certificate is verified unless somebody says otherwise, by the authorities beside the code', () => {
  expect(() => optionsOf({})).toThrow(/ENOENT.*ledger-authorities.pem/);
});

test('nothing is set at the start of a connection that proxies and poolers refuse', () => {
  const { options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout } = optionsOf({
    host: 'localhost',
    tls: 'off',
  });
  expect([options, statement_timeout, lock_timeout, idle_in_transaction_session_timeout]).toEqual(
    Array(4).fill(undefined),
  );
});

test.each(['ledger.example.com', '10.0.0.7', '127.0.0.1.example.com'])(
  '%s must not go without TLS',
  (host) => {
    expect(() => connectLedger(connection({ host, tls: 'off' }), 'us-east-1')).toThrow(
      `ledger.tls is "off" for host "${host}"; only a server on loopback may go without: set it to "verify"`,
    );
  },
);

test.each(['127.0.0.1', '::1', 'localhost'])('a server on %s may', (host) => {
  expect(optionsOf({ host, tls: 'off' }).ssl).toBe(false);
});

describe('against a real server', () => {
  const world = bootWorld({}, as('responder-runner'));

  test('every function verifies its certificate; the password comes from the secret', async () => {
    const { settings } = world.role;
    const code = process.env['LAMBDA_TASK_ROOT'];
    const pool = connectLedger(settings.ledger, settings.region);
    const { rows } = await pool.query<{ who: string; zone: string; tls: boolean }>(
      `select current_user as who, current_setting('TimeZone') as zone,
              (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as tls`,
    );
    expect(rows).toEqual([{ who: 'responder_runner', zone: 'UTC', tls: true }]);
    await pool.end();
    // What others have signed is refused.
    process.env['LAMBDA_TASK_ROOT'] = await mkdtemp(join(tmpdir(), 'authorities-'));
    await writeFile(join(process.env['LAMBDA_TASK_ROOT'], LEDGER_AUTHORITIES), ledgerAuthorities(undefined));
    const stranger = connectLedger(settings.ledger, settings.region);
    await expect(stranger.query('select 1')).rejects.toThrow(/unable to (verify|get)|self.signed/);
    await stranger.end();
    process.env['LAMBDA_TASK_ROOT'] = code;

    await world.services.secrets.putSecret(secretArn, 'x', JSON.stringify({ user: 'responder' }));
    const auth = { kind: 'secret', user: 'responder_runner', secret } as const;
    const without = connectLedger({ ...settings.ledger, auth }, settings.region);
    // The role may read its own secret only.
    await expect(without.query('select 1')).rejects.toThrow(/not authorized.*GetSecretValue/);
    await without.end();
  });
});
