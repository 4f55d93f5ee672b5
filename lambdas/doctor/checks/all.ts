import type { Check } from '../check.ts';
import { commanders } from './commanders.ts';
import { concurrency } from './concurrency.ts';
import { costReport } from './cost-report.ts';
import { deployingRights } from './deploying-rights.ts';
import { endpoints } from './endpoints.ts';
import { environmentSize } from './environment-size.ts';
import { estate } from './estate.ts';
import { ledgerLogin } from './ledger-login.ts';
import { ledgerLogins } from './ledger-logins.ts';
import { ledgerSchema } from './ledger-schema.ts';
import { ledgerTables } from './ledger-tables.ts';
import { loginSecrets } from './login-secrets.ts';
import { namesFree } from './names-free.ts';
import { region } from './region.ts';
import { subscriptions } from './subscriptions.ts';
import { workgroup } from './workgroup.ts';

/** In the order in which a person should read them. To add one: its file in this folder, and a line here. */
export const checks: readonly Check[] = [
  region,
  environmentSize,
  concurrency,
  namesFree,
  deployingRights,
  estate,
  costReport,
  workgroup,
  commanders,
  subscriptions,
  loginSecrets,
  ledgerLogin,
  ledgerLogins,
  ledgerTables,
  ledgerSchema,
  endpoints,
];
