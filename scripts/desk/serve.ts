import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { createDesk, type DeskNeeds } from '../../lambdas/desk/desk.ts';

/** A desk that is open. */
export interface OpenDesk {
  /** With the token, which lets in anyone who has it. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Serves the desk on loopback alone. @param port by default a free one */
export async function serveDesk(needs: Pick<DeskNeeds, 'persons' | 'more'>, port = 0): Promise<OpenDesk> {
  const token = randomBytes(24).toString('base64url');
  let host = '';
  const desk = createDesk({ ...needs, token, host: () => host });
  const listener = getRequestListener(desk.fetch, { overrideGlobalObjects: false });
  const server = createServer((req, res) => void listener(req, res));
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', done);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: `http://${host}/${token}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
