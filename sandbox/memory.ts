import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import type { LedgerPasswords } from './commercial-ops/ledger.ts';
import { Clock } from '../emulator/kernel/clock.ts';
import type { Store } from '../emulator/kernel/store.ts';

/** How often the time is remembered while the clock does not jump, in real milliseconds. */
const BEAT_MS = 1000;
/** How far ahead: a sandbox that is killed between two beats must have shown no later time than it left behind. */
const AHEAD_MS = 3 * BEAT_MS;

/**
 * The clock goes on where the last sandbox on this state left it: exactly, if that was stopped; within seconds, and
 * never earlier, if it was killed.
 * @returns with `settle`, which ends the remembering with the exact time
 */
export async function rememberedClock(
  store: Store,
  start: Date | undefined,
): Promise<{ clock: Clock; settle: () => Promise<void> }> {
  const kept = store.collection<string>('sandbox.clock');
  const last = kept.get('now');
  const complain = (error: unknown): void => console.error('sandbox:', error);
  // One write at a time, each with the time as it is then: an older one cannot overtake a newer one.
  let writing = Promise.resolve();
  let waiting = false;
  const remember = (): void => {
    if (waiting) return;
    waiting = true;
    writing = writing.then(() => {
      waiting = false;
      return kept.put('now', new Date(clock.now().getTime() + AHEAD_MS).toISOString()).catch(complain);
    });
  };
  const clock = new Clock(last === undefined ? (start ?? new Date()) : new Date(last), complain, remember);
  remember();
  const beat = setInterval(remember, BEAT_MS).unref();
  return {
    clock,
    async settle() {
      clearInterval(beat);
      await writing;
      await kept.put('now', clock.now().toISOString());
    },
  };
}

/** Made up once; a sandbox that starts again on the same state finds them. */
export async function keptPasswords(store: Store): Promise<LedgerPasswords> {
  const kept = store.collection<LedgerPasswords>('sandbox.passwords');
  const password = (): string => randomBytes(12).toString('hex');
  const made = {
    commercialOps: password(),
    responder: password(),
    actor: password(),
    rehearser: password(),
    ...kept.get('ledger'),
  };
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
