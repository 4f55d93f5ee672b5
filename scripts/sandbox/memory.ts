import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import type { LedgerPasswords } from './commercial-ops/ledger.ts';
import { Clock } from './kernel/clock.ts';
import type { Store } from './kernel/store.ts';

/** The clock goes on where the last sandbox on this state left it, also one that never jumped. */
export async function rememberedClock(store: Store, start: Date | undefined): Promise<Clock> {
  const last = store.collection<string>('sandbox.clock').get('now');
  const now = last === undefined ? (start ?? new Date()) : new Date(last);
  await rememberTime(store, now);
  const complain = (error: unknown): void => console.error('sandbox:', error);
  return new Clock(now, complain, (moment) => void rememberTime(store, moment).catch(complain));
}

/** So that time never runs backwards over a restart. */
export const rememberTime = (store: Store, moment: Date): Promise<void> =>
  store.collection<string>('sandbox.clock').put('now', moment.toISOString());

/** Made up once; a sandbox that starts again on the same state finds them. */
export async function keptPasswords(store: Store): Promise<LedgerPasswords> {
  const kept = store.collection<LedgerPasswords>('sandbox.passwords');
  const found = kept.get('ledger');
  if (found) return found;
  const made = { commercialOps: randomBytes(12).toString('hex'), responder: randomBytes(12).toString('hex') };
  await kept.put('ledger', made);
  return made;
}

/** A pool on the database, with its own login if one is given; a server that goes away must not end the process. */
export function poolOf(connectionString: string, login: { user?: string; password?: string } = {}): Pool {
  const url = new URL(connectionString);
  if (login.user) url.username = login.user;
  if (login.password) url.password = login.password;
  const pool = new Pool({ connectionString: url.href, max: 8, application_name: 'sandbox' });
  pool.on('error', () => undefined);
  return pool;
}
