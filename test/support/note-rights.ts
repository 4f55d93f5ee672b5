import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { testFile } from '../../emulator/test/support/postgres.ts';
import { once } from '../../lambdas/platform/once.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { templateKey } from '../../sandbox/template.ts';
import { merged, statementOf, watchRights, type UsedRights } from '../../scripts/drill/used-rights.ts';

/** Where `npm run policies` finds what tests have used of the roles' policies. */
const PLACE = resolve(import.meta.dirname, '../../.sandbox/rights');

const template = once(() => templateKey({ config: SANDBOX_CONFIG }));
let used: UsedRights = {};

/**
 * Notes what the roles use in a world of this test file. `WITHOUT_STATEMENT` takes one of their statements away.
 * @returns ends it, and keeps what was noted
 */
export async function noteRights(sandbox: Sandbox): Promise<() => void> {
  const without = process.env['WITHOUT_STATEMENT'];
  if (without !== undefined) {
    const { role, policy, statement } = statementOf(without);
    await sandbox.services.iam.removeStatement(role, policy, statement);
  }
  const key = await template();
  const rights = watchRights(sandbox);
  return () => {
    used = merged(used, rights.used());
    if (without !== undefined) return;
    mkdirSync(PLACE, { recursive: true });
    const file = testFile();
    const name = `${file.replaceAll(/[^a-z0-9]+/g, '-')}.json`;
    writeFileSync(join(PLACE, name), JSON.stringify({ file, template: key, rights: used }));
  };
}
