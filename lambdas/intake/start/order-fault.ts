import { playbookById } from '../../catalog/playbooks/registry.ts';
import { requesterOf, type RunRequest } from '../../domain/run-request.ts';
import { readProof, type Door, type OrderKeys } from '../../platform/order.ts';
import { runIdOfAlarm, runIdOfKey, runIdOfRecovery, runIdOfUnproven } from './run-id.ts';

/** Which runs each door may order; a person is proven at the door of commands alone. */
const MAY_ORDER: Readonly<Record<Door, (request: RunRequest) => boolean>> = {
  alarms: ({ cause, startedBy }) => cause.kind === 'alarm' && !startedBy,
  sweep: ({ cause, startedBy }) => (cause.kind === 'sweep' || cause.kind === 'recovery') && !startedBy,
  commands: (request) => request.cause.kind !== 'recovery' && requesterOf(request) !== undefined,
  manual: (request) =>
    (request.cause.kind === 'manual' || request.cause.kind === 'replay') &&
    requesterOf(request) === undefined,
  runner: () => false,
};

/**
 * Why a run is not executed: nobody who may has ordered it, or it does not follow from its cause.
 * @param event as it came, with its proof
 * @throws when the keys cannot be read
 */
export async function faultOfOrder(
  event: unknown,
  request: RunRequest,
  keys: OrderKeys,
): Promise<string | undefined> {
  const read = await readProof('run', event, keys);
  if ('fault' in read) return read.fault;
  if (!MAY_ORDER[read.door](request))
    return `the door "${read.door}" may not order a run of cause "${request.cause.kind}" in this way`;
  return misfitOf(request);
}

/** What a run is about and its id are derived from its cause. */
export function misfitOf({ run, playbook, cause, target, startedBy, mode }: RunRequest): string | undefined {
  if ('alarm' in cause) {
    if (target) return 'it brings a target; an alarm’s target is derived by its playbook';
    if (!playbookById(playbook)?.alarms.some(({ name }) => name === cause.alarm.name))
      return `its alarm "${cause.alarm.name}" is none of playbook "${playbook}"`;
  }
  if (startedBy) return undefined;
  const ids = idsOf({ playbook, cause, mode });
  return !ids || ids.some((id) => run === id || (id.endsWith('*') && run.startsWith(id.slice(0, -1))))
    ? undefined
    : `its id does not derive from its cause; wanted ${ids.join(' or ')}`;
}

/** @returns undefined where the id comes from a key that is no part of the request: its proof stands for it */
function idsOf({
  playbook,
  cause,
  mode,
}: Pick<RunRequest, 'playbook' | 'cause' | 'mode'>): readonly string[] | undefined {
  switch (cause.kind) {
    case 'alarm':
      // By the hour in which it came.
      if (cause.unproven)
        return [`${runIdOfUnproven(playbook, cause.alarm.name, 'denied', '').slice(0, -12)}*`];
      return [runIdOfAlarm(playbook, cause.alarm)];
    case 'sweep':
      return [runIdOfAlarm(playbook, cause.alarm, cause.slot)];
    case 'recovery':
      return [runIdOfRecovery(playbook, cause.incident, cause.slot)];
    case 'undo':
      // Of an undo that is caught up: its key is the run that was skipped.
      return [
        runIdOfKey(playbook, 'undo', cause.of, mode),
        runIdOfKey(playbook, 'catch-up', '', mode).slice(0, -12) + '*',
      ];
    case 'manual':
    case 'replay':
      return undefined;
  }
}
