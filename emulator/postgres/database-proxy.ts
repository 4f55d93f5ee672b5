import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * A way to a database server that can be cut while the server goes on: the emulator may keep its own state on the same
 * one. Give functions its port.
 */
export class DatabaseProxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private away = false;

  constructor(target: { host: string; port: number }) {
    this.server = createServer((client) => {
      if (this.away) return void client.destroy();
      const upstream = connect(target);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.sockets.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
    });
  }

  /** @returns the port on loopback: by default a free one */
  async listen(port = 0): Promise<number> {
    await new Promise<void>((done, fail) => {
      this.server.once('error', fail).listen(port, '127.0.0.1', done);
    });
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on the database does not answer, and open connections break. */
  cut(): void {
    this.away = true;
    this.breakAll();
  }

  /** Open connections break; new ones are as before. */
  breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Open connections fall silent, as behind a NAT that has forgotten them. New ones are as ever. */
  silence(): void {
    for (const socket of this.sockets) socket.unpipe().resume();
  }

  restore(): void {
    this.away = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.server.close(done));
  }
}
