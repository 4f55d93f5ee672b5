import { createDispatcher } from './intake/dispatcher/dispatch.ts';
import { lazyClients } from './intake/dispatcher/clients.ts';
import { once } from './platform/once.ts';
import { createStart } from './intake/start/start-run.ts';
import { createUnrecognised } from './intake/dispatcher/unrecognised.ts';
import { createWaitingRuns } from './intake/dispatcher/waiting-runs.ts';
import { log } from './platform/log.ts';
import { notify } from './notifications/notify.ts';
import { playbookById, playbookIds, playbookOfAlarm } from './catalog/playbooks/registry.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const clients = lazyClients();
const now = (): Date => new Date();

/** Alarms need no database: it is connected to when a person asks for a status or a replay. */
const record = once(async () => {
  const [{ connectLedger }, { createRecordReader }] = await Promise.all([
    import('./platform/ledger/connection.ts'),
    import('./record/read.ts'),
  ]);
  return createRecordReader(connectLedger(settings.ledger, settings.region));
});

/** Alarms in any envelope, and people: see `alarm/read-event.ts` for what comes in, `dispatcher/` for what becomes of it. */
export const handler = createDispatcher({
  playbookIds,
  playbookById,
  playbookOfAlarm,
  start: createStart(clients, settings),
  waiting: createWaitingRuns(clients, settings.bucket, log),
  unrecognised: createUnrecognised({
    clients,
    notify,
    bucket: settings.bucket,
    topicArn: settings.topics.sre,
    now,
    log,
  }),
  record,
  now,
  log,
});
