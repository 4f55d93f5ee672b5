import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { bankQueuePermissions, depthOf, total } from '../probes/bank-queues.ts';
import { bankEvents } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import { impactOn } from './impact.ts';

/** Slow enough for the webhook: a thousand events take twenty seconds. */
const EVENTS_A_SECOND = 50;
/** SQS's figures settle within a minute, and the move has begun by then. */
const SETTLE_MS = 60_000;
/** After this time, what is in the dead-letter queue has come back, or will not move. */
const MOVED_MS = 10 * 60_000;

/** "Reprocess event from queue": moves the bank's events from the dead-letter queue back. */
export const redriveBankEvents: ActionDefinition = {
  name: 'redrive-bank-events',
  params: z.strictObject({}),
  example: {},
  changes: true,
  closedPeriod: {
    allowed: 'It sends events again; the webhook settles issued invoices, and no amount changes.',
  },
  permissions: (settings) => [
    {
      actions: [
        'sqs:StartMessageMoveTask',
        'sqs:ListMessageMoveTasks',
        // SQS requires these to start or list a move.
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
      ],
      resources: [arnOf(settings, 'sqs', settings.estate.payments.deadLetters)],
    },
    {
      actions: ['sqs:SendMessage'],
      resources: [arnOf(settings, 'sqs', settings.estate.payments.queue)],
    },
  ],
  readPermissions: bankQueuePermissions,
  repeat:
    'A move that is under way is joined; one that is over has left nothing to move. The webhook records each payment once.',
  undo: {
    irreversible: 'An event that was applied is on record; one that was not is among the dead letters again.',
  },
  // The webhook handles events at any time, under each invoice's row lock.
  locks: () => ({ writes: [bankEvents], reads: [] }),
  // What tenants have paid is theirs: a redriven event moves no new money.
  async impact(_params, { settings }, tools) {
    return impactOn(total((await depthOf(tools, settings.estate.payments.deadLetters)).value));
  },
  describe: (_params, { estate: { payments } }) => `redrive ${payments.deadLetters} to ${payments.queue}`,
  async start(_params, { settings, now }, tools) {
    const { payments } = settings.estate;
    const SourceArn = arnOf(settings, 'sqs', payments.deadLetters);
    const sqs = await tools.sqs();
    const { Results = [] } = await sqs.listMessageMoveTasks({ SourceArn, MaxResults: 10 });
    const handle = { from: payments.deadLetters, to: payments.queue, since: now.toISOString() };
    if (Results.some(({ Status }) => Status === 'RUNNING')) return handle;
    await sqs.startMessageMoveTask({
      SourceArn,
      DestinationArn: arnOf(settings, 'sqs', payments.queue),
      MaxNumberOfMessagesPerSecond: EVENTS_A_SECOND,
    });
    return handle;
  },
  /** Nothing left to move: it was started, or is not needed. */
  async reconcile(_params, { settings, now }, tools) {
    const { payments } = settings.estate;
    const { value } = await depthOf(tools, payments.deadLetters);
    return total(value) === 0
      ? {
          state: 'started',
          handle: { from: payments.deadLetters, to: payments.queue, since: now.toISOString() },
        }
      : { state: 'absent' };
  },
  /** Over once every event was applied or has come back; the verification says which. */
  async progress({ from = '', to = '', since = '' }, { now }, tools) {
    const [dead, queue] = await Promise.all([depthOf(tools, from), depthOf(tools, to)]);
    const [left, waiting] = [total(dead.value), total(queue.value)];
    const passed = now.getTime() - Date.parse(since);
    const summary = `${waiting} events wait in ${to}, ${left} are in ${from}`;
    const moving = waiting > 0 || passed < SETTLE_MS || (left > 0 && passed < MOVED_MS);
    return { state: moving ? 'running' : 'succeeded', summary };
  },
};
