import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { namesOf } from '../lambdas/catalog/playbooks/names.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { HANDLERS } from './names.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SUFFIX = '.handler.ts';

/** Some packages are CommonJS and call `require`, which an ES module does not have. */
const REQUIRE = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

export interface BundleOptions {
  /** Receives `<name>.mjs` for each handler, and their shared chunks. Other files in it are left alone. */
  readonly outDir: string;
  /** Holds the `<name>.handler.ts` files. */
  readonly entryDir?: string;
  /** Handlers that must exist; others are bundled too. */
  readonly required?: readonly string[];
}

/**
 * Bundles all handlers in one build, so that shared code is stored once, in one asset. The same sources give the same
 * bytes and the same asset hash: an unchanged deployment publishes no new version.
 * There are no source maps: reading one costs every cold start more than the rare stack trace is worth. `keepNames`
 * keeps traces readable, and the error names that cross a durable step.
 * @returns what each output is made of
 * @throws when a required handler is missing or the sources don't bundle
 */
export function bundleHandlers({
  outDir,
  entryDir = join(ROOT, 'lambdas'),
  required = HANDLERS,
}: BundleOptions): Metafile {
  const names = handlersIn(entryDir);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${entryDir} has no ${missing.map((name) => name + SUFFIX).join(', ')} (it has ${names.join(', ') || 'none'}); ` +
        'the stack makes a function of each: write the handler, or remove its name from lib/names.ts',
    );
  }
  // Synchronous, because esbuild's asynchronous API leaves a service process running.
  const { metafile } = buildSync({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(entryDir, name + SUFFIX)])),
    outdir: outDir,
    // Chunk names contain source paths: relative to the project they are the same on every machine.
    absWorkingDir: ROOT,
    bundle: true,
    // Lazy `import()` of an SDK client only saves time when the client is a chunk of its own.
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node24',
    // The CommonJS builds of some packages are twice as big; the condition `import` would break `pg`.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    define: { PLAYBOOK_NAMES: JSON.stringify(namesOf(playbooks)) },
    loader: { '.sql': 'text' },
    // pg tries to load its native binding; it is not installed.
    external: ['pg-native'],
    metafile: true,
    logLevel: 'silent',
  });
  return metafile;
}

/** Names of the handlers in a directory, sorted: `dispatcher` for `dispatcher.handler.ts`. */
export function handlersIn(entryDir: string): string[] {
  return readdirSync(entryDir)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}
