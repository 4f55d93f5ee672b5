import { ledgerPool } from './platform/clients.ts';
import { grantLogins } from './record/grant-logins.ts';
import { migrate } from './record/migrate.ts';
import { migrations } from './record/migrations.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const pool = ledgerPool(settingsFromEnvironment());

/** Brings schema `responder`, and what each login may do in it, to the newest version. May be repeated, also at the same time. */
export async function handler(): Promise<{ applied: number[]; newest: number }> {
  const applied = await migrate(pool(), migrations);
  await grantLogins(pool());
  return { applied, newest: migrations.at(-1)?.version ?? 0 };
}
