import { ledgerPool, readTools } from './engine/tools.ts';
import { log } from './log.ts';
import { commands } from './respond/commands.ts';
import { stsEndpoint } from './respond/proof.ts';
import { createResponder } from './respond/respond.ts';
import { settingsFromEnvironment } from './settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

/** People's commands: see `respond/request.ts` for what comes in, `respond/caller.ts` for how it is known who sent it. */
export const handler = createResponder({
  ...{ commands, settings, pool, log },
  peoplesRoles: settings.limits.peoplesRoles,
  sts: stsEndpoint(settings, process.env),
  tools: readTools(pool),
  now: () => new Date(),
});
