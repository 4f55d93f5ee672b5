import { createServer, type AddressInfo } from 'node:net';
import { readLedger, safeConnection } from '../../scripts/audit/read-ledger.ts';

test.each([
  ['postgres://auditor:secret@127.0.0.1:5432/ops', false],
  ['postgres://auditor:secret@[::1]:5432/ops', false],
  ['postgres://auditor:secret@db.example:5432/ops', { rejectUnauthorized: true }],
  ['postgres://auditor:secret@127.0.0.1.example/ops?sslmode=disable', { rejectUnauthorized: true }],
  ['postgres://auditor:secret@db.example/ops?sslmode=no-verify', { rejectUnauthorized: true }],
  ['postgres://auditor:secret@127.0.0.1/ops?host=db.example', false],
])('%s speaks TLS %j', (url, ssl) => {
  expect(safeConnection(url)).toMatchObject({ user: 'auditor', password: 'secret', database: 'ops', ssl });
  expect(safeConnection(url).host).toBe(new URL(url).hostname.replace(/[[\]]/g, ''));
});

test('a server without TLS that is not on loopback gets no password', async () => {
  const heard: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('data', (bytes) => {
      heard.push(bytes);
      // "No TLS", and then a question for the password in clear text, as an attacker would.
      socket.write(Buffer.from('N'));
      socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
  const { port } = server.address() as AddressInfo;
  try {
    // This machine under a name that is not a loopback address.
    const read = readLedger(`postgres://auditor:S3cretOfTheAuditor@0.0.0.0:${port}/ops`);
    await expect(read).rejects.toThrow(/SSL/);
    expect(heard.length).toBeGreaterThan(0);
    expect(Buffer.concat(heard).toString()).not.toMatch(/S3cret|auditor/);
  } finally {
    server.close();
  }
});
