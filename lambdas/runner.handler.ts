import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { createLinks } from './notifications/acknowledge-link.ts';
import { faultOfOrder } from './intake/start/order-fault.ts';
import { durableClient } from './platform/durable-client.ts';
import { Journal } from './platform/journal.ts';
import { orderKeys } from './platform/order.ts';
import { liveRehearsalFault } from './engine/rehearsal.ts';
import { SignedRun } from './domain/run-request.ts';
import { runPlaybook } from './engine/run.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { createCalling } from './record/start-escalation.ts';
import { notify } from './notifications/notify.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);
const keys = orderKeys(settings);
const calling = createCalling(tools, pool, settings, { door: 'runner', keys });
const links = createLinks(settings);
const now = (): Date => new Date();

/** The durable runner, and the rehearser: one execution is one run, named after its id. */
export const handler = withDurableExecution(
  async (event: unknown, context) => {
    const { proof: _proof, ...request } = SignedRun.parse(event);
    const journal = new Journal(context, request.run, now);
    return runPlaybook(request, journal, {
      settings,
      pool,
      tools,
      notify,
      calling,
      links,
      orderFault: async () =>
        liveRehearsalFault(request, journal.executionArn, settings) ??
        (await faultOfOrder(event, request, keys)),
      now,
    });
  },
  { durableExecutionClient: durableClient() },
);
