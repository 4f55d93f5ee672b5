import { optionsOf } from '../../scripts/doctor/ledger-by-url.ts';

test.each(['sslmode=require', 'sslmode=verify-full&sslrootcert=/no/such.pem', ''])(
  'a ledger elsewhere is verified by our authorities: %s',
  (words) => {
    expect(optionsOf(`postgres://a:b@db.example.com:5432/commercial_ops?${words}`, 'PEM')).toEqual({
      connectionString: expect.not.stringContaining('ssl') as string,
      ssl: { ca: 'PEM', rejectUnauthorized: true },
    });
  },
);

test('one on this machine is what its URL says', () => {
  const url = 'postgres://a:b@127.0.0.1:5432/commercial_ops';
  expect(optionsOf(url, 'PEM')).toEqual({ connectionString: url });
});
