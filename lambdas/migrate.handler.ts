import * as z from 'zod';
import { checkInside } from './doctor/check-inside.ts';
import type { Answer } from './doctor/check.ts';
import { ledgerPool } from './platform/clients.ts';
import { readPayload } from './platform/payload.ts';
import { readLedger } from './platform/ledger/read.ts';
import { grantLogins } from './record/grant-logins.ts';
import { migrate } from './record/migrate.ts';
import { migrations } from './record/migrations.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

/**
 * Brings schema `responder`, and what each login may do in it, to the newest version. May be repeated, also at the same time.
 * With `{"check": true}` it only looks, for `npm run doctor`, at what can be seen from here alone.
 */
export async function handler(
  event?: unknown,
): Promise<{ applied: number[]; newest: number } | { answers: Answer[] }> {
  const { check } = readPayload({ check: z.boolean().optional() }, event, { check: true });
  if (check) return { answers: await checkInside(settings, readLedger(pool), migrations) };
  const applied = await migrate(pool(), migrations);
  await grantLogins(pool());
  return { applied, newest: migrations.at(-1)?.version ?? 0 };
}
