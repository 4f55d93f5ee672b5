import { createAcknowledge } from './escalation/acknowledge/acknowledge.ts';
import { linkKey } from './notifications/link-key.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { createWaking } from './record/start-escalation.ts';
import { log } from './platform/log.ts';
import { askAnchor } from './record/audit/ask-anchor.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);

/** The page behind a link to acknowledge; `notifications/acknowledge-token.ts` says which links are valid. */
export const handler = createAcknowledge({
  settings,
  pool,
  log,
  key: linkKey(settings),
  calling: createWaking(tools, pool),
  anchor: (chain) => askAnchor(tools, settings, { chain }),
  now: () => new Date(),
});
