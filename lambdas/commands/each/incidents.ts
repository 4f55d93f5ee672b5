import { readable } from '../../domain/words.ts';
import * as z from 'zod';
import { createWaking } from '../../record/start-escalation.ts';
import { statusOf } from '../../record/episode-status.ts';
import { acknowledgeByOrder, resolveByOrder } from '../../record/incident-orders.ts';
import type { Order } from '../../record/orders.ts';
import { EVERYBODY, command, type Answer, type CommandCall } from '../definition.ts';
import { openIncidents, storyOf } from '../incident-story.ts';
import { aligned } from '../../platform/text-table.ts';
import { IncidentId, Reason } from './orders.ts';

type Call = CommandCall<{ incident: string }>;

const orderOf = ({ caller, now, input }: Call, action: string, why: string): Order => ({
  caller,
  action,
  at: now.toISOString(),
  why,
  object: { type: 'incident', id: input.incident },
});

/** It is on record: without this, escalations would learn of it at their next deadline. */
async function woken({ tools, pool, input, log }: Call): Promise<string> {
  try {
    await createWaking(tools, () => pool).wake(input.incident);
    return '';
  } catch (error) {
    log.warn('the escalation could not be woken', { incident: input.incident, error });
    return ' The escalation could not be woken; it reads this at its next deadline.';
  }
}

const notDone = (incident: string, why: string, isKnown: boolean): Answer => {
  const look = isKnown ? `incident ${incident}\` shows its story` : 'list` shows those that are open';
  return { ok: false, text: `${incident} is not changed: ${readable(why)}. \`npm run respond -- ${look}.` };
};

export const ack = command({
  about: 'acknowledge an incident: you handle it, and nobody else is called',
  usage: 'ack <incident>',
  schema: z.strictObject({ incident: IncidentId }),
  may: ['operate', 'approve'],
  async answer(call) {
    const { incident } = call.input;
    const order = orderOf(call, 'responder.acknowledge', 'is handling it');
    const result = await acknowledgeByOrder(call.pool, order, 'npm run respond -- ack');
    if (!result.done) return notDone(incident, result.why, result.fault !== 'unknown');
    const late = await woken(call);
    const text = `${incident} is yours (${result.severity}). Nobody else is called, unless its severity is raised or it comes back.${late} When it is over and the alarm does not say so: \`npm run respond -- resolve ${incident} --reason "…"\`.`;
    return { ok: true, text, data: result };
  },
});

export const resolve = command({
  about: 'declare an incident over, even while its alarm is in ALARM',
  usage: 'resolve <incident> --reason "…"',
  schema: z.strictObject({ incident: IncidentId, reason: Reason }),
  may: ['operate'],
  async answer(call) {
    const { incident, reason } = call.input;
    const order = orderOf(call, 'responder.resolve', reason);
    const done = await resolveByOrder(call.pool, order);
    if (done) {
      const late = await woken(call);
      const text = `${incident} is over, by your word. Nobody is called for it any more.${late} An alarm that still stands opens it again with the next run.`;
      return { ok: true, text };
    }
    const status = await statusOf(call.pool, incident);
    return notDone(
      incident,
      status?.closed
        ? `it was resolved at ${status.closed.at} by ${status.closed.by}`
        : `there is no incident ${incident}`,
      status !== undefined,
    );
  },
});

export const incident = command({
  about: 'an incident’s whole story, from its audit',
  usage: 'incident <incident>',
  schema: z.strictObject({ incident: IncidentId }),
  may: EVERYBODY,
  async answer({ input, pool, now, settings }) {
    const story = await storyOf(pool, input.incident);
    if (story.length === 0)
      return {
        ok: false,
        text: `there is no incident ${input.incident} on record; \`list\` shows those that are open.`,
      };
    const open = (await openIncidents(pool, now, settings.people)).filter(
      (row) => row.at(-1) === input.incident,
    );
    const head = open.length > 0 ? aligned(open) : ['  it is not open'];
    return { ok: true, text: [`${input.incident}:`, ...head, '', ...story].join('\n') };
  },
});
