import * as z from 'zod';
import { Period } from '../../domain/billing-period.ts';
import { curDelivery, findDelivery, stateOf } from '../probes/cur-delivery.ts';
import type { ActionDefinition } from './definition.ts';
import { NO_IMPACT } from './impact.ts';

const Params = z.strictObject({ period: Period });

/** Waits while AWS writes a month's report: a load meanwhile would mix two deliveries. */
export const awaitDelivery: ActionDefinition = {
  name: 'await-delivery',
  params: Params,
  example: { period: '2026-11' },
  changes: false,
  closedPeriod: 'refused',
  permissions: () => [],
  readPermissions: curDelivery.permissions,
  repeat: 'It changes nothing.',
  undo: { irreversible: 'There is nothing to undo.' },
  // AWS takes no lock of ours.
  locks: () => ({ writes: [], reads: [] }),
  impact: async () => NO_IMPACT,
  describe: ({ period }) => `wait until AWS has written the report of ${period}`,
  start: async (params) => Params.parse(params),
  reconcile: async (params) => ({ state: 'started', handle: Params.parse(params) }),
  async progress(handle, { settings, now }, tools) {
    const { value } = await findDelivery({ target: Params.parse(handle), settings, now, tools });
    const summary = curDelivery.describe(value as never);
    const state = stateOf(value);
    if (state === 'being-written') return { state: 'running', summary };
    return { state: state === 'delivered' ? 'succeeded' : 'failed', summary };
  },
};
