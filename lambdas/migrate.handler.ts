import * as z from 'zod';
import { checkInside } from './doctor/check-inside.ts';
import type { Answer } from './doctor/check.ts';
import { ledgerPool } from './platform/clients.ts';
import { readPayload } from './platform/payload.ts';
import { answerStack, stackRequestOf } from './platform/stack-request.ts';
import { readLedger } from './platform/ledger/read.ts';
import { grantLogins } from './record/grant-logins.ts';
import { migrate, NewerSchemaError } from './record/migrate.ts';
import { migrations } from './record/migrations.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

async function bringUpToDate(): Promise<{ applied: number[]; newest: number }> {
  const applied = await migrate(pool(), migrations);
  await grantLogins(pool());
  return { applied, newest: migrations.at(-1)?.version ?? 0 };
}

/**
 * Brings schema `responder`, and what each login may do in it, to the newest version. May be repeated, also at the same time.
 * CloudFormation invokes it in each deployment.
 * With `{"check": true}` it only looks, for `npm run doctor`, at what can be seen from here alone.
 */
export async function handler(
  event?: unknown,
): Promise<{ applied: number[]; newest: number } | { answers: Answer[] } | undefined> {
  const request = stackRequestOf(event, process.env['AWS_ENDPOINT_URL']);
  if (request) {
    await answerStack(request, async () => {
      await bringUpToDate().catch((error: unknown) => {
        // CloudFormation takes a deployment back, and with it the code; the schema stays, and the code before can use it.
        if (!(error instanceof NewerSchemaError && request.RequestType === 'Update')) throw error;
      });
    });
    return undefined;
  }
  const { check } = readPayload({ check: z.boolean().optional() }, event, { check: true });
  if (check) return { answers: await checkInside(settings, readLedger(pool), migrations) };
  return bringUpToDate();
}
