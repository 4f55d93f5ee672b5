import * as z from 'zod';
import { runnerFleet } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import { NO_IMPACT } from './impact.ts';
import { capacityReadPermissions, capacityProgress, Count } from './runner-capacity.ts';

const Params = z.strictObject({ group: z.string().min(1), desired: Count, waiting: Count });

/** Waits for instances that are starting: more of them would be more than needed. */
export const awaitCapacity: ActionDefinition = {
  name: 'await-capacity',
  params: Params,
  example: { group: 'commercial-ops-runners', desired: '4', waiting: '150' },
  changes: false,
  closedPeriod: { allowed: 'It changes nothing.' },
  permissions: () => [],
  readPermissions: capacityReadPermissions,
  repeat: 'It changes nothing.',
  undo: { irreversible: 'There is nothing to undo.' },
  locks: ({ group = '' }) => ({ writes: [], reads: [runnerFleet(group)] }),
  impact: async () => NO_IMPACT,
  describe: ({ group, desired }) => `wait until ${group} has ${desired} instances in service`,
  start: async (params, { now }) => begun(params, now),
  reconcile: async (params, { now }) => ({ state: 'started', handle: begun(params, now) }),
  progress: capacityProgress,
};

function begun(params: unknown, now: Date) {
  const { group, desired, waiting } = Params.parse(params);
  return { group, to: desired, waiting, since: now.toISOString() };
}
