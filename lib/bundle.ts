import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync, type BuildOptions, type Metafile } from 'esbuild';
import { namesOf } from '../lambdas/catalog/playbooks/names.ts';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { HANDLERS } from './names.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SUFFIX = '.handler.ts';

/** Some packages are CommonJS and call `require`, which an ES module does not have. */
const REQUIRE = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

/**
 * zod compiles a parser for each schema on first use, which pays after thousands of parses. A function parses its
 * settings once, and few events. It must be said before any schema is made, so in the head of every chunk: `splitting`
 * does not keep the order of imports.
 */
const NO_COMPILED_PARSERS = `(globalThis.__zod_globalConfig??={}).jitless=true;`;

/**
 * An alarm or a person waits while these are loaded. What handlers share is split into one file for each set of them:
 * forty for the runner, and reading a file costs as much as running what is in it. So these share nothing but clients.
 */
const ALONE: readonly string[] = ['acknowledge', 'dispatcher', 'escalation', 'runner'];

/** Folder of the AWS clients, which all handlers load on first use. */
const CLIENTS = 'clients';

/** What all bundles have in common. */
export const BUNDLED = {
  // Chunk names contain source paths: relative to the project they are the same on every machine.
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // The CommonJS builds of some packages are twice as big; the condition `import` would break `pg`.
  mainFields: ['module', 'main'],
  minify: true,
  keepNames: true,
  legalComments: 'none',
  banner: { js: REQUIRE + NO_COMPILED_PARSERS },
  loader: { '.sql': 'text' },
  // pg tries to load its native binding; it is not installed.
  external: ['pg-native'],
} satisfies BuildOptions;

export interface BundleOptions {
  /** Receives `<name>.mjs` for each handler, and their shared chunks. Other files in it are left alone. */
  readonly outDir: string;
  /** Holds the `<name>.handler.ts` files. */
  readonly entryDir?: string;
  /** Handlers that must exist; others are bundled too. */
  readonly required?: readonly string[];
}

/**
 * Bundles all handlers into one asset, in which most of what they share is stored once. The same sources give the same
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
  const entries = (of: readonly string[]): Record<string, string> =>
    Object.fromEntries(of.map((name) => [name, join(entryDir, name + SUFFIX)]));
  const clients = clientPackages();
  const alone = names
    .filter((name) => ALONE.includes(name))
    .map((name) =>
      build(outDir, entries([name]), {
        alias: Object.fromEntries(clients.map((client) => [client, `./${fileOf(client)}.mjs`])),
        external: [`./${CLIENTS}/*`],
      }),
    );
  const imported = new Set(
    alone.flatMap(({ outputs }) =>
      Object.values(outputs).flatMap(({ imports }) => imports.map(({ path }) => path)),
    ),
  );
  const together = build(outDir, {
    ...entries(names.filter((name) => !ALONE.includes(name))),
    ...Object.fromEntries(
      clients
        .map((client) => [fileOf(client), client] as const)
        .filter(([file]) => imported.has(`./${file}.mjs`)),
    ),
  });
  const builds = [together, ...alone];
  return {
    inputs: Object.assign({}, ...builds.map(({ inputs }) => inputs)) as Metafile['inputs'],
    outputs: Object.assign({}, ...builds.map(({ outputs }) => outputs)) as Metafile['outputs'],
  };
}

/** The AWS clients that the product depends on. */
function clientPackages(): string[] {
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies).filter((name) => name.startsWith('@aws-sdk/'));
}

const fileOf = (client: string): string => client.replace('@aws-sdk', CLIENTS);

function build(
  outdir: string,
  entryPoints: Record<string, string>,
  { alias = {}, external = [] }: Pick<BuildOptions, 'alias' | 'external'> = {},
): Metafile {
  // Synchronous, because esbuild's asynchronous API leaves a service process running.
  const { metafile } = buildSync({
    entryPoints,
    outdir,
    alias,
    ...BUNDLED,
    external: [...BUNDLED.external, ...external],
    // Lazy `import()` only saves time when what it loads is a file of its own.
    splitting: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    define: { PLAYBOOK_NAMES: JSON.stringify(namesOf(playbooks)) },
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
