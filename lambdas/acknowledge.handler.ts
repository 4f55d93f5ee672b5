import { createAcknowledge } from './acknowledge/acknowledge.ts';
import { linkKey } from './acknowledge/link-key.ts';
import { ledgerPool, readTools } from './engine/tools.ts';
import { createCalling } from './escalation/calling.ts';
import { log } from './log.ts';
import { settingsFromEnvironment } from './settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);

/** The page behind a link to acknowledge: see `acknowledge/token.ts` for what makes a link good. */
export const handler = createAcknowledge({
  ...{ settings, pool, log },
  key: linkKey(settings),
  calling: createCalling(readTools(pool), pool, settings),
  now: () => new Date(),
});
