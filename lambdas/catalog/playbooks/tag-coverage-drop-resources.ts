import { moment } from '../../domain/words.ts';
import type { ProvisioningTold } from '../probes/provisioning-told.ts';
import type { Quarantine } from '../probes/quarantine.ts';
import { IDS_KEPT, type Standing, type UntaggedResources } from '../probes/untagged-resources.ts';

/** Lines and resources of one standing. */
export function counted(
  untagged: UntaggedResources,
  standing: Standing,
): { lines: number; resources: number } {
  const { lines = 0, resources = 0 } = untagged.find((one) => one.standing === standing) ?? {};
  return { lines, resources };
}

export interface BeyondInventory {
  readonly count: number;
  /** "2 unknown, 1 quarantined" */
  readonly kinds: string;
  readonly ids: readonly string[];
}

/** Named resources that the inventory cannot tag. */
export function beyondInventory(untagged: UntaggedResources): BeyondInventory {
  const beyond = untagged.filter(({ standing }) => standing !== 'known' && standing !== 'nameless');
  return {
    count: beyond.reduce((sum, { resources }) => sum + resources, 0),
    kinds: beyond.map(({ standing, resources }) => `${resources} ${standing}`).join(', '),
    ids: [...new Set(beyond.flatMap(({ ids }) => ids))].sort().slice(0, IDS_KEPT),
  };
}

/** When provisioning was notified of exactly these, to the minute. */
export function toldOf(told: ProvisioningTold, { count, ids }: BeyondInventory): string | undefined {
  const same = told?.count === String(count) && told.resources === ids.join(' ');
  return same ? moment(told.at) : undefined;
}

export function describeGrowth({ resources, quarantined, grown, next }: Quarantine): string {
  return (
    `${quarantined} of ${resources} resources are in quarantine, ${grown} of them since the last validation, ` +
    `and the next would add ${next}`
  );
}
