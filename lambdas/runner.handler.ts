import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { createLinks } from './acknowledge/links.ts';
import { durableClient } from './engine/durable-client.ts';
import { Journal } from './engine/journal.ts';
import { refuseLiveRehearsal } from './engine/rehearsal.ts';
import { RunRequest } from './engine/request.ts';
import { runPlaybook } from './engine/run.ts';
import { ledgerPool, readTools } from './engine/tools.ts';
import { createCalling } from './escalation/calling.ts';
import { notify } from './notify/notify.ts';
import { settingsFromEnvironment } from './settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool);
const calling = createCalling(tools, pool, settings);
const links = createLinks(settings);
const now = (): Date => new Date();

/** The durable runner, and the rehearser: one execution is one run, under the run's id as its name. */
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
