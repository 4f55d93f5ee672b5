import { Clock } from '../../kernel/clock.ts';
import { Credentials } from '../../kernel/credentials.ts';
import type { Store } from '../../kernel/store.ts';
import { Provisioner } from '../../provision/provisioner.ts';
import { createServices } from '../../services.ts';
import { memoryStore } from '../support/memory-store.ts';
import { scratchDir } from '../support/scratch.ts';

/** All services, wired as in the emulator, without the wire and without PostgreSQL. */
export function startServices(
  store: Pick<Store, 'collection'> = memoryStore(),
  start = new Date('2026-11-23T08:00:00.000Z'),
) {
  const clock = new Clock(start);
  const services = createServices({
    clock,
    store,
    credentials: new Credentials(),
    dir: scratchDir(),
    endpoint: () => 'http://127.0.0.1:4566',
  });
  const stop = async (): Promise<void> => {
    clock.stop();
    await services.lambda.stop();
  };
  return { ...services, store, clock, provisioner: new Provisioner({ cloud: services, store }), stop };
}

export type Services = ReturnType<typeof startServices>;
