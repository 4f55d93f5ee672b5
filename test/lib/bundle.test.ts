import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleHandlers } from '../../lib/bundle.ts';
import { HANDLERS } from '../../lib/names.ts';
import { sampleHandlers } from './sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

const contentsOf = (dir: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(dir.length), readFileSync(path, 'utf8')];
      }),
  );

function withPackages(dir: string): string {
  symlinkSync(resolve('node_modules'), join(dir, 'node_modules'));
  return dir;
}

/** What a handler answers, in a process of its own as on Lambda: jest would not load an ES module. */
const answerOf = (file: string): unknown =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(file)}).then(async (m) => console.log(JSON.stringify(await m.handler())))`,
      ],
      { encoding: 'utf8' },
    ),
  );

describe('bundling the handlers', () => {
  it('makes an ES module of each handler, with SQL as text, CommonJS inside, and error names kept', () => {
    const entryDir = sampleHandlers(['one', 'two']);
    writeFileSync(join(entryDir, 'ask.sql'), 'SELECT 1;\n');
    writeFileSync(join(entryDir, 'old.cjs'), `module.exports = { sep: require('node:path').sep };`);
    writeFileSync(
      join(entryDir, 'one.handler.ts'),
      `import sql from './ask.sql';
       import old from './old.cjs';
       class LedgerAway extends Error {}
       export const handler = async () => ({ sql, sep: old.sep, name: LedgerAway.name });`,
    );
    const outDir = scratchDir();
    bundleHandlers({ entryDir, outDir, required: ['one'] });
    expect(answerOf(join(outDir, 'one.mjs'))).toEqual({ sql: 'SELECT 1;\n', sep: '/', name: 'LedgerAway' });
    expect(answerOf(join(outDir, 'two.mjs'))).toBe('two');
  });

  it('leaves what is imported lazily, and what is shared, in chunks of their own', () => {
    const entryDir = sampleHandlers(['one', 'two']);
    writeFileSync(join(entryDir, 'heavy.ts'), `export const weight = 'a-very-heavy-client';`);
    for (const name of ['one', 'two']) {
      writeFileSync(
        join(entryDir, `${name}.handler.ts`),
        `export const handler = async () => (await import('./heavy.ts')).weight;`,
      );
    }
    const outDir = scratchDir();
    bundleHandlers({ entryDir, outDir, required: [] });
    const holders = Object.entries(contentsOf(outDir)).filter(([, text]) =>
      text.includes('a-very-heavy-client'),
    );
    expect(holders.map(([path]) => path)).toEqual([expect.stringMatching(/^\/chunks\/heavy-\w+\.mjs$/)]);
  });

  it('compiles no parser for what is parsed once', () => {
    const entryDir = withPackages(sampleHandlers(['one', 'runner']));
    for (const name of ['one', 'runner'])
      writeFileSync(
        join(entryDir, `${name}.handler.ts`),
        `import * as z from 'zod';
         const Event = z.object({ a: z.string() });
         let compiled = 0;
         globalThis.Function = new Proxy(Function, { construct: (...of) => ((compiled += 1), Reflect.construct(...of)) });
         export const handler = async () => ({ ...Event.parse({ a: 'read' }), compiled });`,
      );
    const outDir = scratchDir();
    bundleHandlers({ entryDir, outDir, required: [] });
    for (const name of ['one', 'runner'])
      expect(answerOf(join(outDir, `${name}.mjs`))).toEqual({ a: 'read', compiled: 0 });
  });

  it('loads a client from one file, whichever handler uses it', () => {
    // The runner's code is a file of its own.
    const entryDir = withPackages(sampleHandlers(['one', 'runner']));
    for (const name of ['one', 'runner'])
      writeFileSync(
        join(entryDir, `${name}.handler.ts`),
        `export const handler = async () => new (await import('@aws-sdk/client-sts')).STS({ region: 'eu-west-1' }).config.region();`,
      );
    const outDir = scratchDir();
    bundleHandlers({ entryDir, outDir, required: [] });
    for (const name of ['one', 'runner']) expect(answerOf(join(outDir, `${name}.mjs`))).toBe('eu-west-1');
    const holders = Object.entries(contentsOf(outDir)).filter(([, text]) =>
      text.includes('GetCallerIdentityCommand'),
    );
    expect(holders).toHaveLength(1);
  });

  it('gives the same bytes for the same sources, so that nothing is deployed anew', () => {
    const entryDir = sampleHandlers();
    const [first, second] = [scratchDir(), scratchDir()];
    bundleHandlers({ entryDir, outDir: first });
    bundleHandlers({ entryDir, outDir: second });
    expect(contentsOf(second)).toEqual(contentsOf(first));
  });

  it('says which handlers are missing', () => {
    const entryDir = sampleHandlers(['dispatcher', 'runner']);
    expect(() => bundleHandlers({ entryDir, outDir: scratchDir() })).toThrow(
      /has no signals\.handler\.ts, sweep\.handler\.ts, migrate\.handler\.ts, respond\.handler\.ts, escalation\.handler\.ts, acknowledge\.handler\.ts, report\.handler\.ts, anchor\.handler\.ts, manual\.handler\.ts \(it has dispatcher, runner\)/,
    );
  });

  describe('the real handlers', () => {
    let metafile: Metafile;
    let outDir: string;
    beforeAll(() => {
      outDir = scratchDir();
      metafile = bundleHandlers({ outDir });
    });

    it('are all bundled', () => {
      const made = readdirSync(outDir);
      expect(made).toEqual(expect.arrayContaining(HANDLERS.map((name) => `${name}.mjs`)));
    });

    it.each([
      ['dispatcher', 210],
      ['escalation', 500],
    ])('%s loads no playbook, only their names, and less than %i KB', (name, most) => {
      const { sources, bytes } = loadedBy(name, metafile);
      expect(sources.filter((path) => path.startsWith('lambdas/catalog/'))).toEqual([
        'lambdas/catalog/playbooks/names.ts',
      ]);
      expect(bytes / 1_024).toBeLessThan(most);
    });

    it.each(['acknowledge', 'dispatcher', 'escalation', 'runner'])(
      '%s is loaded from one file, with no client',
      (name) => {
        const { files, sources } = loadedBy(name, metafile);
        expect(files).toBe(1);
        expect(sources.filter((path) => path.includes('@aws-sdk/client-'))).toEqual([]);
      },
    );
  });
});

/** What a handler has loaded before its first call: of what is imported lazily nothing. */
function loadedBy(handler: string, { outputs }: Metafile) {
  const loaded = new Set(Object.keys(outputs).filter((path) => path.endsWith(`/${handler}.mjs`)));
  for (const path of loaded)
    for (const one of outputs[path]?.imports ?? [])
      if (one.kind === 'import-statement' && !one.external) loaded.add(one.path);
  const parts = [...loaded].flatMap((path) => outputs[path] ?? []);
  return {
    files: parts.length,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    sources: parts.flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ),
  };
}
