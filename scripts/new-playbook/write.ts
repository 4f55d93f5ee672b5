import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playbookText, testText } from './skeleton.ts';

const REGISTRY = 'lambdas/catalog/playbooks/all.ts';

/**
 * Writes the skeleton of a playbook into the project at `root`; all of it or nothing.
 * @throws when the id is no kebab-case, or is taken
 */
export function newPlaybook(root: string, id: string): { written: string[]; blanks: number } {
  if (!/^[a-z]+(-[a-z0-9]+)*$/.test(id) || id.length > 40) {
    throw new Error(`"${id}" is no id; wanted kebab-case of at most 40 characters, e.g. disk-full`);
  }
  const name = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const files = {
    [`lambdas/catalog/playbooks/${id}.ts`]: playbookText(id, name),
    [`test/catalog/playbooks/${id}.test.ts`]: testText(id, name),
  };
  const line = `export { ${name} } from './${id}.ts';\n`;
  const registry = readFileSync(join(root, REGISTRY), 'utf8');
  const taken = Object.keys(files).find((path) => existsSync(join(root, path)));
  if (taken !== undefined || registry.includes(line)) {
    throw new Error(`there is ${taken ?? `a line for ${id} in ${REGISTRY}`} already; choose another id`);
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  writeFileSync(join(root, REGISTRY), registry + line);
  const blanks = Object.values(files).join('').split('FILL IN').length - 1;
  return { written: [...Object.keys(files), REGISTRY], blanks };
}
