import { cpSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleHandlers } from '../../lib/bundle.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/**
 * The product as it is, but that one guard lets everything pass: the bundle of a copy in which that guard's file is
 * wrapped. So nothing in the product can switch a guard off.
 * @param guard its name, as in `lambdas/engine/guards/all.ts`
 * @param dir where the copy and the bundle may lie
 * @returns the unpacked bundle's directory
 * @throws when there is no file of the guard's name
 */
export function makeMutant(guard: string, dir: string): string {
  const copy = join(dir, guard);
  cpSync(join(ROOT, 'lambdas'), join(copy, 'lambdas'), { recursive: true });
  // What is bundled is looked for from the copy upwards.
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const guards = join(copy, 'lambdas', 'engine', 'guards');
  renameSync(join(guards, `${guard}.ts`), join(guards, `wrapped-${guard}.ts`));
  writeFileSync(join(guards, `${guard}.ts`), wrapperOf(guard));
  // Named as an asset is, so that the workers keep its compiled code beside it.
  const outDir = join(dir, `asset.${guard}`);
  bundleHandlers({ outDir, entryDir: join(copy, 'lambdas') });
  return outDir;
}

function wrapperOf(guard: string): string {
  const name = guard.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return [
    `import { allow } from '../../domain/guard-answer.ts';`,
    `import { ${name} as wrapped } from './wrapped-${guard}.ts';`,
    `export const ${name} = { ...wrapped, judge: () => allow('a mutant: it lets everything pass') };`,
    '',
  ].join('\n');
}
