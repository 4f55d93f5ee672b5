import { ACTION_TAG } from '../../platform/clients.ts';
import { withKeys } from '../../platform/encryption.ts';
import type { IamStatement } from '../../platform/iam.ts';
import { loginOf, offByConfiguration, type Settings } from '../../platform/settings.ts';
import type { ActionDefinition } from '../actions/definition.ts';
import type { CostNames } from '../../platform/cost-names.ts';
import type { Declared } from '../../record/logins.ts';
import { tablesRead } from '../probes/tables-read.ts';
import { measuredTables } from '../signals/registry.ts';
import type { AnyPlaybook } from './definition.ts';
import { playbooks } from './registry.ts';

/** What the configuration switches off diagnoses nothing, so no role has its rights. */
const switchedOn = (settings: Pick<Settings, 'playbooks'>): readonly AnyPlaybook[] =>
  playbooks.filter(({ id }) => offByConfiguration(id, settings) === undefined);

/** What all probes, and actions' checks, need: the runner's own reading role. */
export function readPermissions(settings: Settings): readonly IamStatement[] {
  const declared = switchedOn(settings).flatMap((playbook) => [
    ...Object.values(playbook.probes).flatMap((probe) => probe.permissions(settings)),
    ...Object.values(playbook.recovery.probes).flatMap((probe) => probe.permissions(settings)),
    ...Object.values(playbook.asCause?.probes ?? {}).flatMap((probe) => probe.permissions(settings)),
    ...playbook.actions.flatMap((action) => action.readPermissions(settings)),
  ]);
  return withKeys(declared, settings);
}

/** The playbooks whose permissions name it: what Commercial-Ops lacks, they cannot work without. */
export const playbooksNeeding = (name: string, settings: Settings): readonly string[] =>
  playbooks
    .filter(({ probes, recovery, asCause, actions }) =>
      [
        ...[probes, recovery.probes, asCause?.probes ?? {}].flatMap((all) => Object.values(all)),
        ...actions,
        ...actions.map(({ readPermissions }) => ({ permissions: readPermissions })),
      ]
        .flatMap(({ permissions }) => permissions(settings))
        .some(({ resources }) => resources.some((one) => one.includes(name))),
    )
    .map(({ id }) => id);

/** Each once, by name: several playbooks may declare the same. */
export const actionsOfAll = (of: readonly AnyPlaybook[] = playbooks): readonly ActionDefinition[] => [
  ...new Map(of.flatMap(({ actions }) => actions.map((action) => [action.name, action]))).values(),
];

/** Of each action's own login, which has no other grants: `update (status) on recon_summary to responder_…`. */
const actGrants = (of: readonly AnyPlaybook[]): readonly string[] =>
  actionsOfAll(of).flatMap(({ name, grants = [] }) =>
    grants.map((grant) => `${grant} to ${loginOf({ kind: 'iam', resourceId: '' }, name).user}`),
  );

/** On Commercial-Ops' tables, in the deployment's names; playbooks that are switched off change none of them. */
export const declaredGrants = (costs?: CostNames, off: Settings['playbooks'] = {}): Declared => ({
  acting: actGrants(switchedOn({ playbooks: off })),
  measured: measuredTables(costs),
  read: tablesRead(costs),
});

/**
 * Of the role that the runner assumes for an action. Each statement applies to the sessions of those
 * actions alone that declare it.
 */
export function actPermissions(settings: Settings): readonly IamStatement[] {
  const declared = new Map<string, { statement: IamStatement; actions: string[] }>();
  for (const { name, permissions } of actionsOfAll(switchedOn(settings)))
    for (const statement of withKeys(permissions(settings), settings)) {
      const key = JSON.stringify(statement);
      const { actions } = declared.get(key) ?? {};
      if (!actions) declared.set(key, { statement, actions: [name] });
      else if (!actions.includes(name)) actions.push(name);
    }
  return [...declared.values()].map(({ statement, actions }) => ({
    ...statement,
    conditions: {
      ...statement.conditions,
      StringEquals: {
        ...statement.conditions?.['StringEquals'],
        [`aws:PrincipalTag/${ACTION_TAG}`]: actions.sort(),
      },
    },
  }));
}

/** The values that the tag of a session may have. */
export const actionNames = (): readonly string[] =>
  actionsOfAll()
    .filter(({ changes }) => changes)
    .map(({ name }) => name)
    .sort();
