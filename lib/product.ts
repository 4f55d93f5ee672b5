import type { Permissions } from '../lambdas/platform/iam.ts';
import type { AlarmDeclaration } from '../lambdas/catalog/playbooks/definition.ts';
import { actionNames, actPermissions, readPermissions } from '../lambdas/catalog/playbooks/permissions.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { signalsPermissions } from '../lambdas/catalog/signals/permissions.ts';

/** What the code declares and the stack deploys. */
export interface Product {
  readonly playbooks: readonly { readonly id: string; readonly alarms: readonly AlarmDeclaration[] }[];
  /** Of the runner's own role: probes, and the read calls of actions. */
  readonly look: Permissions;
  /** Of the actor's role: what actions change, each for the sessions of its own. */
  readonly act: Permissions;
  /** Names of the actions that a session may be for. */
  readonly actions: readonly string[];
  /** Of the signals function's role: what it measures with. */
  readonly measure: Permissions;
}

export const product: Product = {
  playbooks,
  look: readPermissions,
  act: actPermissions,
  actions: actionNames(),
  measure: signalsPermissions,
};
