import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { createLinks } from './notifications/acknowledge-link.ts';
import { durableClient } from './platform/durable-client.ts';
import { Journal } from './platform/journal.ts';
import { refuseLiveRehearsal } from './engine/rehearsal.ts';
import { RunRequest } from './domain/run-request.ts';
import { runPlaybook } from './engine/run.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { createCalling } from './record/start-escalation.ts';
import { notify } from './notifications/notify.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool);
const calling = createCalling(tools, pool, settings);
const links = createLinks(settings);
const now = (): Date => new Date();

/** The durable runner, and the rehearser: one execution is one run, named after its id. */
export const handler = withDurableExecution(
  async (event: unknown, context) => {
    const request = RunRequest.parse(event);
    const journal = new Journal(context, request.run, now);
    refuseLiveRehearsal(request, journal.executionArn, settings);
    return runPlaybook(request, journal, {
      settings,
      pool,
      tools,
      notify,
      calling,
      links,
      now,
    });
  },
  { durableExecutionClient: durableClient() },
);
