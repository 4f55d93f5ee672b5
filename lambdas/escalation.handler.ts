import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { durableClient } from './engine/durable-client.ts';
import { Journal } from './engine/journal.ts';
import { ledgerPool, readTools } from './engine/tools.ts';
import { escalate } from './escalation/escalate.ts';
import { EpisodeCall } from './escalation/call.ts';
import { createErrands, type ErrandTools } from './escalation/errands.ts';
import { countSubscriptions } from './escalation/subscriptions.ts';
import { notify } from './notify/notify.ts';
import { draftPostmortem } from './postmortem/store.ts';
import { settingsFromEnvironment } from './settings.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool);
const now = (): Date => new Date();

const errandTools: ErrandTools = {
  openIssue: () => Promise.reject(new Error('not yet')),
  comment: () => Promise.reject(new Error('not yet')),
  draft: async ({ incident, episode }, { settings: { bucket }, pool, now }) => {
    await draftPostmortem({ pool: pool(), s3: await tools.s3(), bucket, incident, episode, now });
  },
};

/** The durable escalation: one execution is one episode of an incident, under the name that derives from both. */
export const handler = withDurableExecution(
  async (event: unknown, context) => {
    const call = EpisodeCall.parse(event);
    const journal = new Journal(context, `${call.incident}/${call.episode}`, now);
    return escalate(call, journal, {
      ...{ settings, pool, tools, notify, now },
      subscriptions: countSubscriptions(tools),
      errand: createErrands(errandTools),
      asking: ({ incident, by }) => Promise.resolve([`  npm run respond -- ack ${incident}   (by ${by})`]),
    });
  },
  { durableExecutionClient: durableClient() },
);
