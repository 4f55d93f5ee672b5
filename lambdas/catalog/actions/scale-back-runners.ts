import * as z from 'zod';
import { describeGroup, describeGroupsPermissions } from '../probes/runner-group.ts';
import { runnerFleet } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import { capacityChange, Count, setCapacity, setCapacityPermissions } from './runner-capacity.ts';

const Params = z.strictObject({
  group: z.string().min(1),
  /** The number that the step of `scale-runners` set: another one is somebody else's, and stays. */
  from: Count,
  /** The number before. */
  to: Count,
});

/** Undoes one step of `scale-runners`, even while jobs wait: the person who requests it has checked. */
export const scaleBackRunners: ActionDefinition = {
  ...capacityChange,
  name: 'scale-back-runners',
  params: Params,
  example: { group: 'commercial-ops-runners', from: '2', to: '1' },
  permissions: setCapacityPermissions,
  readPermissions: describeGroupsPermissions,
  undo: { irreversible: 'A queue that is long again raises its alarm, and that scales up again.' },
  locks: ({ group = '' }) => ({ writes: [runnerFleet(group)], reads: [] }),
  describe: ({ group, from, to }) => `scale ${group} back from ${from} to ${to}`,
  async start(params, _context, tools) {
    const { group: name, from, to } = Params.parse(params);
    const autoScaling = await tools.autoScaling();
    const { group } = await describeGroup(autoScaling, name);
    // The step was not needed after all, or is undone already.
    if (group.exists && group.desired <= Number(to)) return { group: name, to: String(group.desired) };
    if (group.desired !== Number(from)) {
      throw new Error(
        `the desired capacity of ${name} is ${group.desired}; wanted ${from}, which the step had set. ` +
          'Somebody else has changed it, so nothing was changed: look again',
      );
    }
    await setCapacity(autoScaling, name, Number(to));
    return { group: name, to };
  },
  async reconcile(params, _context, tools) {
    const { group: name, to } = Params.parse(params);
    const { group } = await describeGroup(await tools.autoScaling(), name);
    return group.exists && group.desired <= Number(to)
      ? { state: 'started', handle: { group: name, to } }
      : { state: 'absent' };
  },
  /** Over when the additional instances are gone. */
  async progress({ group: name = '', to = '' }, _context, tools) {
    const { group } = await describeGroup(await tools.autoScaling(), name);
    const summary = `${group.inService} in service, ${to} wanted`;
    return { state: group.inService <= Number(to) ? 'succeeded' : 'running', summary };
  },
};
