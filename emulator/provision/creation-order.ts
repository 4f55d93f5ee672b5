import { referencesIn } from './intrinsics.ts';
import type { Template } from './template-format.ts';

/**
 * Logical ids such that each comes after all it refers to or depends on; otherwise in the template's order.
 * @throws when resources depend on each other in a circle
 */
export function creationOrder({ Resources }: Pick<Template, 'Resources'>): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    const resource = Resources[logicalId];
    if (!resource || ordered.has(logicalId)) return;
    if (path.includes(logicalId)) {
      throw new Error(`the template's resources depend on each other: ${[...path, logicalId].join(' → ')}`);
    }
    for (const needed of [...resource.DependsOn, ...referencesIn(resource.Properties)]) {
      visit(needed, [...path, logicalId]);
    }
    ordered.add(logicalId);
  };
  Object.keys(Resources).forEach((logicalId) => visit(logicalId, []));
  return [...ordered];
}
