import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { playbookOfAlarm } from '../../lambdas/catalog/playbooks/registry.ts';

/** The skeleton speaks of a playbook `disk-full`; its files, each by the text that it is made from. */
const FILES = {
  'lambdas/catalog/playbooks/disk-full.ts': 'playbook',
  'lambdas/catalog/probes/disk-full-state.ts': 'probe',
  'lambdas/catalog/signals/disk-full-count.ts': 'signal',
  'lambdas/catalog/actions/run-disk-full-job.ts': 'action',
  'sandbox/commercial-ops/parts/disk-full.ts': 'part',
  'sandbox/faults/disk-full.ts': 'fault',
  'test/catalog/playbooks/disk-full.test.ts': 'test',
};

/** Where each is listed: by an export of its own, or by an import and an entry of the array. */
const LISTS: readonly (readonly [path: string, line: string, entry?: string])[] = [
  ['lambdas/catalog/playbooks/all.ts', `export { diskFull } from './disk-full.ts';`],
  ['lambdas/catalog/signals/all.ts', `export { diskFullCount } from './disk-full-count.ts';`],
  ['lambdas/catalog/probes/tables-read.ts', '', `'disk_full_item (refreshed_at)'`],
  ['sandbox/commercial-ops/parts/all.ts', `import { diskFull } from './disk-full.ts';`, 'diskFull'],
  ['sandbox/faults/all.ts', `import { diskFullFaults } from './disk-full.ts';`, '...diskFullFaults'],
];

/**
 * Writes the skeleton of a playbook, with all that it needs, into the project at `root`; all of it or nothing.
 * @throws when the id is not in kebab-case, or is taken
 */
export async function newPlaybook(root: string, id: string): Promise<{ written: string[]; blanks: number }> {
  if (!/^[a-z]+(-[a-z]+)+$/.test(id) || id.length > 40)
    throw new Error(
      `"${id}" is no id; wanted kebab-case of two words or more, of a to z, with at most 40 characters: ` +
        'what is wrong with what, e.g. disk-full',
    );
  const named = (text: string): string => inTheNameOf(id, text);
  const texts = new Map<string, string>();
  for (const [path, part] of Object.entries(FILES))
    texts.set(named(path), named(read(import.meta.dirname, `skeleton/${part}.txt`)));
  const blanks = [...texts.values()].join('').split('FILL IN').length - 1;
  const there = [...texts.keys()].find((path) => existsSync(join(root, path)));
  if (there !== undefined) throw new Error(`there is ${there} already; choose another id`);
  const other = playbookOfAlarm(id)?.id;
  if (other !== undefined)
    throw new Error(`the alarm ${id} is one of the playbook ${other} already; choose another id`);
  for (const [path, line, entry] of LISTS)
    texts.set(path, listed(path, read(root, path), named(line), entry && named(entry)));

  const config = await resolveConfig(join(root, 'package.json'));
  const formatted: [path: string, text: string][] = [];
  for (const [path, text] of texts) formatted.push([path, await format(text, { ...config, filepath: path })]);
  for (const [path, text] of formatted) writeFileSync(join(root, path), text);
  return { written: [...texts.keys()], blanks };
}

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

/** `disk-full`, `diskFull`, `DiskFull` and `disk_full`, each as the id is written there. */
function inTheNameOf(id: string, text: string): string {
  const camel = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return text
    .replaceAll('disk-full', id)
    .replaceAll('disk_full', id.replaceAll('-', '_'))
    .replaceAll('diskFull', camel)
    .replaceAll('DiskFull', camel.charAt(0).toUpperCase() + camel.slice(1));
}

/** @throws when the list is not written as expected */
function listed(path: string, text: string, line: string, entry: string | undefined): string {
  if (entry === undefined) return `${text}${line}\n`;
  const [, imports, head, entries, tail] =
    /^((?:import [^;]*;\n)+)([^]*? = \[\n?)([^\]]*?),?\s*(\];[^]*)$/.exec(text) ?? [];
  if (imports === undefined)
    throw new Error(`${path} has no array below its imports; add "${line}" and "${entry}" there by hand`);
  return `${imports}${line === '' ? '' : `${line}\n`}${head}${entries}, ${entry}${tail}`;
}
