import { playbookById } from '../catalog/playbooks/registry.ts';
import type { PlannedAction } from '../domain/decision.ts';
import type { Settings } from '../platform/settings.ts';

/** In the action's own words, if it is still declared and takes these parameters. */
export function tellPlanned(
  { action: name, params }: PlannedAction,
  playbook: string,
  settings: Settings,
): string {
  const action = playbookById(playbook)?.actions.find((one) => one.name === name);
  const known = action?.params.safeParse(params);
  if (action && known?.success) return action.describe(known.data, settings);
  return [name, ...Object.entries(params).map(([key, value]) => `${key}=${value}`)].join(' ');
}
