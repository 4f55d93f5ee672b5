import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { playbookNames } from './catalog/playbooks/names.ts';
import { createLinks } from './notifications/acknowledge-link.ts';
import { awsClients, within } from './platform/aws.ts';
import { durableClient } from './platform/durable-client.ts';
import { Journal } from './platform/journal.ts';
import { orderKeys } from './platform/order.ts';
import { faultOfCall } from './escalation/call.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { escalate } from './escalation/escalate.ts';
import { SignedCall } from './escalation/call.ts';
import { createFollowUps } from './escalation/follow-ups.ts';
import { trackingOf } from './escalation/tracking.ts';
import { createPage } from './escalation/pager/page.ts';
import { countSubscriptions } from './escalation/subscriptions.ts';
import { notify } from './notifications/notify.ts';
import { settingsFromEnvironment } from './platform/settings.ts';

const settings = settingsFromEnvironment();
const playbooks = playbookNames();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);
const links = createLinks(settings);
const keys = orderKeys(settings);
const now = (): Date => new Date();

const { secrets } = awsClients({ maxAttempts: 2, requestHandler: within(3_000, 2_000) });
const followUp = createFollowUps(trackingOf(settings, playbooks, { s3: () => tools.s3(), secrets }));
const page = createPage(secrets);

/** One execution is one episode of an incident, under the name that derives from both. */
export const handler = withDurableExecution(
  async (event: unknown, context) => {
    const { proof: _proof, ...call } = SignedCall.parse(event);
    const journal = new Journal(context, `${call.incident}/${call.episode}`, now);
    return escalate(call, journal, {
      settings,
      playbooks,
      pool,
      tools,
      notify,
      now,
      subscriptions: countSubscriptions(tools),
      followUp,
      page,
      links,
      orderFault: () => faultOfCall(event, keys),
    });
  },
  { durableExecutionClient: durableClient() },
);
