import { resolve, type Names } from '../../emulator/provision/intrinsics.ts';
import { Template } from '../../emulator/provision/template-format.ts';
import type { PlannedResource } from '../../lambdas/doctor/check.ts';
import type { Settings } from '../../lambdas/platform/settings.ts';
import { pseudoOf } from '../template/pseudo.ts';

/** As long as what AWS makes up. */
const MADE_UP = 'x'.repeat(24);

/**
 * The resources of a template with the references in them resolved, as far as they are known before the deployment: what
 * AWS makes up is as long as it will be.
 */
export function resourcesOf(
  template: unknown,
  place: Pick<Settings, 'partition' | 'region' | 'account'>,
): PlannedResource[] {
  const { Resources, Parameters } = Template.parse(template);
  const pseudo = pseudoOf(place);
  const { partition, region, account } = place;
  /** With as many parts as the longest, a version's or an alias's. */
  const arn = (logicalId: string, attribute: string): string =>
    `arn:${partition}:service:${region}:${account}:${logicalId}:${attribute}:${MADE_UP}`;
  const names: Names = {
    ref: (name) => pseudo[name] ?? Parameters[name]?.Default ?? arn(name, 'Ref'),
    getAtt: arn,
    condition: () => true,
  };
  return Object.entries(Resources).map(([logicalId, { Type, Properties }]) => ({
    logicalId,
    type: Type,
    properties: resolve(Properties, names) as PlannedResource['properties'],
  }));
}
