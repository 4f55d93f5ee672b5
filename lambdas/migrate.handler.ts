import { ledgerPool } from './platform/clients.ts';
import { migrate } from './record/migrate.ts';
import { migrations } from './record/migrations.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const pool = ledgerPool(settingsFromEnvironment());

/** Brings schema `responder` to the newest version. May be repeated, also at the same time. */
export async function handler(): Promise<{ applied: number[]; newest: number }> {
  return { applied: await migrate(pool(), migrations), newest: migrations.at(-1)?.version ?? 0 };
}
