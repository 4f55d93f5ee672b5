import { ledgerPool, readTools } from './platform/clients.ts';
import { log } from './platform/log.ts';
import { commands } from './commands/commands.ts';
import { stsEndpoint } from './commands/proof.ts';
import { createResponder } from './commands/respond.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

/** People's commands: see `respond/request.ts` for what comes in, `respond/caller.ts` for how it is known who sent it. */
export const handler = createResponder({
  commands,
  settings,
  pool,
  log,
  peoplesRoles: settings.limits.peoplesRoles,
  sts: stsEndpoint(settings, process.env),
  tools: readTools(pool),
  now: () => new Date(),
});
