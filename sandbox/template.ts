import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Synthesised } from './synthesise-apart.ts';

const ROOT = resolve(import.meta.dirname, '..');
const CACHE = join(ROOT, '.sandbox', 'template');

/** What the template and the bundle are made of, with the configuration. */
const SOURCES = ['lib', 'lambdas', 'package-lock.json', 'emulator/postgres/authority'];

/** Assemblies that are kept, last used first: one for each configuration that a person or a test comes back to. */
const KEPT = 6;

/** Names the file by which a process says that it uses an assembly: functions run in its directory. */
const USED_BY = 'used-by-';

export interface TemplateOptions {
  /** The deployment's configuration, as in cdk.json's context. */
  readonly config: unknown;
  /** By default `.sandbox/template` of the project. */
  readonly cacheDir?: string;
  /** By default the handlers of `lambdas/`. */
  readonly entryDir?: string;
}

export interface TemplateAndAssets {
  /** Parsed. */
  readonly template: unknown;
  /** Directories of the unpacked assets, by the hashes that the template names them by. */
  readonly assets: ReadonlyMap<string, string>;
}

/**
 * The synthesised template for a configuration, and its bundle. Unchanged sources come from a cache; else a process
 * of its own synthesises, since the CDK's 150 MB need not stay in the sandbox's memory.
 * @throws Error with what synthesis had to say, when it fails
 */
export async function templateFor(options: TemplateOptions): Promise<TemplateAndAssets> {
  const { config, cacheDir = CACHE, entryDir } = options;
  const key = await templateKey(options);
  const dir = join(cacheDir, key);
  while (!(await claimed(dir))) {
    await mkdir(cacheDir, { recursive: true });
    const unfinished = await mkdtemp(join(cacheDir, '.unfinished-'));
    try {
      await synthesiseApart({ outDir: unfinished, config, ...(entryDir !== undefined && { entryDir }) });
      // Whole or not at all.
      await rename(unfinished, dir);
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true });
      // A second process that was quicker has made the same.
      if (!(await exists(dir))) throw error;
    }
    await forgetOld(cacheDir, key);
  }
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(dir, file), 'utf8'));
  const { template, asset } = (await read('synthesised.json')) as Synthesised;
  return {
    template: await read(template),
    assets: new Map([[basename(asset).replace('asset.', ''), join(dir, asset)]]),
  };
}

/** The same for the same configuration and sources. */
export async function templateKey({ config, entryDir }: TemplateOptions): Promise<string> {
  const sources = entryDir === undefined ? SOURCES : [...SOURCES, entryDir];
  const hash = createHash('sha256').update(JSON.stringify(config));
  for (const source of sources) {
    for (const file of await filesOf(resolve(ROOT, source)))
      hash.update(`\0${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 32);
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function synthesiseApart(options: { outDir: string; config: unknown; entryDir?: string }): Promise<void> {
  const script = join(import.meta.dirname, 'synthesise-apart.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      if (code === 0) done();
      else fail(new Error(`the stack can't be synthesised:\n${complaint.trim()}`));
    });
  });
}

/** Keeps the assembly from being forgotten while this process runs. @returns false if there is none */
async function claimed(dir: string): Promise<boolean> {
  try {
    await writeFile(join(dir, `${USED_BY}${process.pid}`), '');
    await utimes(dir, new Date(), new Date());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function forgetOld(cacheDir: string, current: string): Promise<void> {
  const others = (await readdir(cacheDir)).filter((name) => name !== current && !name.startsWith('.'));
  const unused = await Promise.all(
    others.map(async (name) => {
      const dir = join(cacheDir, name);
      const users = (await readdir(dir)).filter((file) => file.startsWith(USED_BY));
      if (users.some((file) => runs(Number(file.slice(USED_BY.length))))) return [];
      return [{ dir, at: (await stat(dir)).mtimeMs }];
    }),
  );
  const old = unused
    .flat()
    .sort((a, b) => b.at - a.at)
    .slice(KEPT - 1);
  await Promise.all(old.map(({ dir }) => rm(dir, { recursive: true, force: true })));
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
