import type { Server } from 'node:http';
import { Clock } from '../../kernel/clock.ts';
import { Credentials } from '../../kernel/credentials.ts';
import type { AccessKey } from '../../kernel/credentials.ts';
import { Faults } from '../../kernel/faults.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { createWire, listenOnLoopback } from '../../wire/server.ts';
import type { WireOptions } from '../../wire/server.ts';
import type { CallRecord } from '../../wire/exchange.ts';
import { Iam } from '../../aws/iam.ts';
import { memoryStore } from '../support/memory-store.ts';

/** What every wire test begins at. */
export const START = new Date('2025-09-10T08:00:00Z');

export interface World {
  readonly clock: Clock;
  readonly store: ReturnType<typeof memoryStore>;
  readonly credentials: Credentials;
  readonly iam: Iam;
  readonly faults: Faults;
  readonly calls: CallRecord[];
}

export function makeWorld(): World {
  const clock = new Clock(START);
  const store = memoryStore();
  const iam = new Iam({ store });
  return { clock, store, iam, credentials: new Credentials(), faults: new Faults(), calls: [] };
}

export interface Served {
  readonly url: string;
  readonly server: Server;
  /** An SDK client's settings: this endpoint, that key, no resending. */
  config(key?: AccessKey): {
    endpoint: string;
    region: string;
    maxAttempts: number;
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  };
  close(): Promise<void>;
}

export async function serve(
  world: World,
  services: readonly ServiceDefinition[],
  more: Pick<WireOptions, 'routes' | 'jira' | 'pagers'> = {},
): Promise<Served> {
  const server = createWire({ ...world, ...more, services, onCall: (call) => world.calls.push(call) });
  const url = await listenOnLoopback(server);
  return {
    url,
    server,
    config: (key) => ({
      endpoint: url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: key ?? world.credentials.root,
    }),
    async close() {
      world.clock.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
