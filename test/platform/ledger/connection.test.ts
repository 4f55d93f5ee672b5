import { connectLedger } from '../../../lambdas/platform/ledger/connection.ts';
import { LedgerConnection } from '../../../lambdas/platform/settings.ts';
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

test('the certificate is verified unless somebody says otherwise', async () => {
  const pool = connectLedger(connection({}), 'us-east-1');
  expect(pool.options.ssl).toEqual({ rejectUnauthorized: true });
  await pool.end();
});

test.each(['ledger.example.com', '10.0.0.7', '127.0.0.1.example.com'])(
  '%s must not go without TLS',
  (host) => {
    expect(() => connectLedger(connection({ host, tls: 'off' }), 'us-east-1')).toThrow(
      `ledger.tls is "off" for host "${host}"; only a server on loopback may go without: set it to "verify"`,
    );
  },
);

test.each(['127.0.0.1', '::1', 'localhost'])('a server on %s may', async (host) => {
  const pool = connectLedger(connection({ host, tls: 'off' }), 'us-east-1');
  expect(pool.options.ssl).toBe(false);
  await pool.end();
});

describe('against a real server', () => {
  const world = bootWorld({}, as('responder-runner'));

  test('one that speaks no TLS is refused when it must be verified; the password comes from the secret', async () => {
    const { settings } = world.role;
    const plain = connectLedger(settings.ledger, settings.region);
    const { rows } = await plain.query<{ who: string; zone: string }>(
      `select current_user as who, current_setting('TimeZone') as zone`,
    );
    expect(rows).toEqual([{ who: 'responder_runner', zone: 'UTC' }]);
    await plain.end();
    const verified = connectLedger({ ...settings.ledger, tls: 'verify' }, settings.region);
    await expect(verified.query('select 1')).rejects.toThrow('does not support SSL');
    await verified.end();

    await world.services.secrets.putSecret(secretArn, 'x', JSON.stringify({ user: 'responder' }));
    const auth = { kind: 'secret', user: 'responder_runner', secret } as const;
    const without = connectLedger({ ...settings.ledger, auth }, settings.region);
    // The role may read its own secret only.
    await expect(without.query('select 1')).rejects.toThrow(/not authorized.*GetSecretValue/);
    await without.end();
  });
});
