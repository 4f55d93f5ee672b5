import { ledgerPool, readTools } from './platform/clients.ts';
import { notify } from './notifications/notify.ts';
import { createStart } from './intake/start/start-run.ts';
import { orderKeys } from './platform/order.ts';
import { log } from './platform/log.ts';
import { commands } from './commands/commands.ts';
import { stsEndpoint } from './commands/proof.ts';
import { createResponder } from './commands/respond.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);

/** Commands: `commands/request.ts` reads them, `commands/caller.ts` proves who sent them. */
export const handler = createResponder({
  commands,
  settings,
  pool,
  log,
  notify,
  sts: stsEndpoint(settings, process.env),
  tools,
  start: createStart(tools, settings, { door: 'commands', keys: orderKeys(settings) }),
  now: () => new Date(),
});
