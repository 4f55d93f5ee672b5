import * as z from 'zod';
import { describeGroup } from '../probes/runner-group.ts';
import { MOST_WAITING, readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import { runnerFleet, runnerJobs } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import {
  capacityChange,
  capacityReadPermissions,
  Count,
  capacityProgress,
  refuseSuspended,
  setCapacity,
  setCapacityPermissions,
} from './runner-capacity.ts';
import { scaleBackRunners } from './scale-back-runners.ts';

const Params = z.strictObject({ group: z.string().min(1), from: Count, to: Count });

/** One bounded step of section 9's "scale up EC2 runner ASG capacity". */
export const scaleRunners: ActionDefinition = {
  ...capacityChange,
  name: 'scale-runners',
  params: Params,
  example: { group: 'commercial-ops-runners', from: '2', to: '4' },
  permissions: (settings) => [...setCapacityPermissions(settings), ...runnerQueuePermissions(settings)],
  readPermissions: capacityReadPermissions,
  undo: {
    by: scaleBackRunners.name,
    why: 'It sets the desired capacity back to where it was, if nobody has changed it since.',
    params: ({ group = '', from = '', to = '' }) => ({ group, from: to, to: from }),
  },
  locks: ({ group = '' }, { estate }) => ({
    writes: [runnerFleet(group)],
    reads: [runnerJobs(estate.runners.queue)],
  }),
  describe: ({ group, from, to }) =>
    `scale ${group} from ${from} to ${to} if more than ${MOST_WAITING} jobs still wait`,
  async start(params, { settings, now }, tools) {
    const { group: name, from, to } = Params.parse(params);
    const autoScaling = await tools.autoScaling();
    const { group } = await describeGroup(autoScaling, name);
    const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
    const handle = { group: name, since: now.toISOString(), waiting: String(queue.waiting) };
    if (queue.waiting <= MOST_WAITING) return { ...handle, to: String(group.desired), needed: 'no longer' };
    if (group.desired !== Number(from)) {
      throw new Error(
        `the desired capacity of ${name} is ${group.desired}; wanted ${from}, which was decided on. ` +
          'Somebody else has changed it, so nothing was changed: look again',
      );
    }
    refuseSuspended(group);
    await setCapacity(autoScaling, name, Number(to));
    return { ...handle, to };
  },
  async reconcile(params, { settings, now }, tools) {
    const { group: name, to } = Params.parse(params);
    const { group } = await describeGroup(await tools.autoScaling(), name);
    if (group.desired !== Number(to)) return { state: 'absent' };
    const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
    const waiting = String(queue.waiting);
    return { state: 'started', handle: { group: name, to, since: now.toISOString(), waiting } };
  },
  progress: capacityProgress,
};
