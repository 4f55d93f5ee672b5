import { createDispatcher } from './intake/dispatcher/dispatch.ts';
import { createStart } from './intake/start/start-run.ts';
import { createReadBack } from './intake/dispatcher/read-back.ts';
import { createUnrecognised } from './intake/dispatcher/unrecognised.ts';
import { createWaitingRuns } from './waits/wake.ts';
import { awsClients, within } from './platform/aws.ts';
import { orderKeys } from './platform/order.ts';
import { log } from './platform/log.ts';
import { notify } from './notifications/notify.ts';
import { playbookNames } from './catalog/playbooks/names.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
/**
 * Everything here may be sent twice: a run starts under its own name, an object is written under its
 * digest, a callback completes once. So the SDK's retries stay on, unlike in actions. The time-outs
 * leave other messages their share of the function's 30 seconds.
 */
const clients = awsClients({ maxAttempts: 3, requestHandler: within(5_000, 2_000) });
/** Its answer is wanted before runs start: it may take nine seconds at most. */
const { cloudwatch } = awsClients({ maxAttempts: 3, requestHandler: within(2_500, 1_000) });
const now = (): Date => new Date();
const playbooks = playbookNames();

const keys = orderKeys(settings);
const start = createStart(clients, settings, { door: 'alarms', keys });

/**
 * Alarms in any envelope: `intake/alarm-events/` reads them, `intake/dispatcher/`
 * handles them.
 */
export const handler = createDispatcher({
  instance: settings,
  playbookOfAlarm: (name) => playbooks.find(({ alarms }) => alarms.some((alarm) => alarm.name === name)),
  start,
  now,
  readBack: createReadBack({ cloudwatch }, settings, { now, log }),
  waiting: createWaitingRuns(clients, settings.bucket, log),
  unrecognised: createUnrecognised({
    clients,
    notify,
    bucket: settings.bucket,
    topicArn: settings.topics.sre,
    now,
    log,
  }),
  answerPerson: async (payload) => {
    log.warn('a manual call came to the function that takes alarms', { keys: Object.keys(payload) });
    return {
      ok: false,
      text: `this function takes alarms only, and nothing was started; invoke ${settings.prefix}-manual instead`,
    };
  },
  log,
});
