import { NAMES } from '../lib/names.ts';
import type { RunRequest } from '../lambdas/domain/run-request.ts';
import {
  executionNameOf,
  signOrder,
  type Door,
  type Ordered,
  type OrderKeys,
} from '../lambdas/platform/order.ts';
import { callIdOf } from '../lambdas/record/start-escalation.ts';
import type { Episode } from '../lambdas/record/incidents.ts';
import type { Sandbox } from './sandbox.ts';

type World = Pick<Sandbox, 'services'>;

/** The keys of this world's own stack. */
export const orderKeysOf =
  ({ services: { secrets } }: World): OrderKeys =>
  async (of) =>
    (secrets.getSecretValue({ SecretId: `${NAMES.orderKey}/${of}` }).SecretString ?? '').split(/\s+/);

/** Starts an execution as one of the responder's functions would that is no longer itself, or has a fault. */
async function start(
  world: World,
  what: Ordered,
  { id, order, door, alias }: { id: string; order: object; door: Door; alias: string },
): Promise<string> {
  const signing = { door, keys: orderKeysOf(world) };
  const durableExecutionName = await executionNameOf(what, id, signing);
  const payload = await signOrder(what, order, signing);
  await world.services.lambda.invoke({ function: alias, type: 'Event', durableExecutionName, payload });
  return durableExecutionName;
}

/** @returns the execution's name */
export const startRunSigned = (
  world: World,
  order: RunRequest,
  door: Door = 'manual',
  fn: string = order.mode === 'dry-run' ? NAMES.functions.rehearser : NAMES.functions.runner,
): Promise<string> => start(world, 'run', { id: order.run, order, door, alias: `${fn}:${NAMES.alias}` });

export const callSigned = (world: World, order: Episode, door: Door = 'runner'): Promise<string> =>
  start(world, 'episode', {
    id: callIdOf(order),
    order,
    door,
    alias: `${NAMES.functions.escalation}:${NAMES.alias}`,
  });
