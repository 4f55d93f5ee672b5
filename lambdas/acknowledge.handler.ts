import { createAcknowledge } from './escalation/acknowledge/acknowledge.ts';
import { linkKey } from './notifications/link-key.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { createWaking } from './record/start-escalation.ts';
import { log } from './platform/log.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

/** The page behind a link to acknowledge; `notifications/acknowledge-token.ts` says which links are valid. */
export const handler = createAcknowledge({
  settings,
  pool,
  log,
  key: linkKey(settings),
  calling: createWaking(readTools(pool, settings), pool),
  now: () => new Date(),
});
