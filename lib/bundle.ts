import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { HANDLERS } from './names.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SUFFIX = '.handler.ts';

/** Some packages are CommonJS inside and call `require`, which an ES module does not have. */
const REQUIRE = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

export interface BundleOptions {
  /** Written to: `<name>.mjs` for each handler, and the chunks that they share. Stays as it is otherwise. */
  readonly outDir: string;
  /** Holds the `<name>.handler.ts` files. */
  readonly entryDir?: string;
  /** Handlers that must be there; others are bundled too. */
  readonly required?: readonly string[];
}

/**
 * All handlers as one build, so that what they share is one file that one asset carries. The same sources give the
 * same bytes, and so the same asset hash: an unchanged deployment publishes no new version.
 * No source maps: reading one costs every cold start more than the rare stack trace is worth; `keepNames` keeps
 * traces, and the error names that cross a durable step, readable.
 * @throws when a required handler is missing or the sources don't bundle
 */
export function bundleHandlers({
  outDir,
  entryDir = join(ROOT, 'lambdas'),
  required = HANDLERS,
}: BundleOptions): void {
  const names = handlersIn(entryDir);
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(
      `${entryDir} has no ${missing.map((name) => name + SUFFIX).join(', ')} (it has ${names.join(', ') || 'none'}); ` +
        'the stack makes a function of each: write the handler, or take its name out of lib/names.ts',
    );
  }
  // Synchronous: esbuild's other way leaves a process behind that waits for more.
  buildSync({
    entryPoints: Object.fromEntries(names.map((name) => [name, join(entryDir, name + SUFFIX)])),
    outdir: outDir,
    // Paths of sources go into chunk names: relative to the project, they are the same on every machine.
    absWorkingDir: ROOT,
    bundle: true,
    // Lazy `import()` of an SDK client only pays as a chunk of its own.
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    platform: 'node',
    target: 'node24',
    // Some packages' CommonJS twins are twice as big; the condition `import` would break `pg`.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    banner: { js: REQUIRE },
    loader: { '.sql': 'text' },
    // pg asks for its native binding in a try; it is not installed.
    external: ['pg-native'],
    logLevel: 'silent',
  });
}

/** Names of the handlers in a directory, sorted: `dispatcher` for `dispatcher.handler.ts`. */
export function handlersIn(entryDir: string): string[] {
  return readdirSync(entryDir)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}
