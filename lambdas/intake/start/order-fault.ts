import { playbookById } from '../../catalog/playbooks/registry.ts';
import { requesterOf, type RunRequest } from '../../domain/run-request.ts';
import { readProof, type Door, type OrderKeys } from '../../platform/order.ts';
import {
  CLAIMED,
  isOfKey,
  runIdOfAlarm,
  runIdOfKey,
  runIdOfRecovery,
  runIdOfUnproven,
  runIdOfUpstream,
} from './run-id.ts';

/** Which runs each door may order; a person is proven at the door of commands alone. */
const MAY_ORDER: Readonly<Record<Door, (request: RunRequest) => boolean>> = {
  // What CloudWatch does not confirm is somebody's word: it is looked into, and nothing is done about it.
  alarms: ({ cause, startedBy, mode }) =>
    cause.kind === 'alarm' && !startedBy && mode === (cause.unproven === undefined ? 'live' : 'dry-run'),
  sweep: ({ cause, startedBy, mode }) =>
    ['sweep', 'recovery', 'upstream'].includes(cause.kind) && !startedBy && mode === 'live',
  // A caught-up run follows from a skipped one, whose alarm was proven.
  commands: (request) =>
    !('incident' in request.cause) &&
    requesterOf(request) !== undefined &&
    (!('alarm' in request.cause) || request.cause.kind === 'sweep'),
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
  const read = await readProof('run', event, keys, (door) =>
    MAY_ORDER[door](request)
      ? undefined
      : `the door "${door}" may not order a ${request.mode} run of cause "${request.cause.kind}" in this way`,
  );
  return 'fault' in read ? read.fault : misfitOf(request, read.door);
}

/** What a run is about and its id are derived from its cause. */
function misfitOf(request: RunRequest, door: Door): string | undefined {
  const { run, playbook, cause, target } = request;
  if ('alarm' in cause) {
    if (target) return 'it brings a target; an alarm’s target is derived by its playbook';
    if (!playbookById(playbook)?.alarms.some(({ name }) => name === cause.alarm.name))
      return `its alarm "${cause.alarm.name}" is none of playbook "${playbook}"`;
  }
  const { ids = [], domains = [] } = idsOf(request, door);
  return ids.includes(run) || domains.some((domain) => isOfKey(run, playbook, domain))
    ? undefined
    : `its id does not derive from its cause; wanted ${[...ids, ...domains.map((domain) => `one of ${domain}`)].join(' or ')}`;
}

/** The id that follows from the cause; or whose keys name it: a key is no part of the request. */
function idsOf(
  { playbook, cause, startedBy, mode }: RunRequest,
  door: Door,
): { readonly ids?: readonly string[]; readonly domains?: readonly string[] } {
  const keyed = (...domains: readonly string[]) => (mode === 'dry-run' ? ['rehearsal'] : domains);
  if (startedBy) return { domains: keyed('catch-up') };
  switch (cause.kind) {
    case 'alarm': {
      const { alarm, unproven, hour = '' } = cause;
      if (unproven === undefined) return { ids: [runIdOfAlarm(playbook, alarm)] };
      return { ids: CLAIMED.map((about) => runIdOfUnproven(playbook, alarm.name, about, hour)) };
    }
    case 'sweep':
      return { ids: [runIdOfAlarm(playbook, cause.alarm, cause.slot)] };
    case 'recovery':
      return { ids: [runIdOfRecovery(playbook, cause.incident, cause.slot)] };
    case 'upstream':
      return { ids: [runIdOfUpstream(playbook, cause.incident, cause.slot)] };
    case 'undo':
      return { ids: [runIdOfKey(playbook, 'undo', cause.of, mode)], domains: keyed('catch-up') };
    case 'manual':
    case 'replay':
      return { domains: door === 'manual' ? [...keyed('request'), cause.kind] : keyed('order', 'catch-up') };
  }
}
