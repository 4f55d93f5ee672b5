import type { IamStatement } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { playbooks } from './registry.ts';

/** What all probes, and actions' checks, need: the runner's own reading role. */
export function readPermissions(settings: Settings): readonly IamStatement[] {
  return playbooks.flatMap((playbook) => [
    ...Object.values(playbook.probes).flatMap((probe) => probe.permissions(settings)),
    ...Object.values(playbook.recovery.probes).flatMap((probe) => probe.permissions(settings)),
    ...playbook.actions.flatMap((action) => action.readPermissions(settings)),
  ]);
}

/** For `grant … to`: the actor's login has no other grants. */
export const actGrants = (): readonly string[] => [
  ...new Set(playbooks.flatMap(({ actions }) => actions.flatMap(({ grants = [] }) => grants))),
];

/** What all actions need: the role that the runner assumes for an accepted plan. */
export function actPermissions(settings: Settings): readonly IamStatement[] {
  return playbooks.flatMap((playbook) => playbook.actions.flatMap((action) => action.permissions(settings)));
}
