import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { templateFor } from '../../sandbox/template.ts';
import { sampleConfig, sampleHandlers } from '../lib/sample-product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

describe('the template that the sandbox is made from', () => {
  it('is synthesised once, and again only when the sources or the configuration change', async () => {
    const options = { cacheDir: scratchDir(), entryDir: sampleHandlers() };
    const { template, assets } = await templateFor({ ...options, config: sampleConfig });
    const made = readdirSync(options.cacheDir);
    const [[hash, dir] = []] = [...assets];
    expect(JSON.stringify(template)).toContain(`${hash}.zip`);
    expect(readdirSync(dir ?? '')).toContain('dispatcher.mjs');

    // What stands in the cache is taken as it is.
    const file = join(options.cacheDir, made[0] ?? '', 'commercial-ops-responder.template.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"Description"', '"FromTheCache"'));
    expect((await templateFor({ ...options, config: sampleConfig })).template).toHaveProperty('FromTheCache');
    expect(readdirSync(options.cacheDir)).toEqual(made);

    // A change that can't be bundled shows that it was looked at.
    writeFileSync(join(options.entryDir, 'sweep.handler.ts'), 'export const handler = ;');
    await expect(templateFor({ ...options, config: sampleConfig })).rejects.toThrow(/Unexpected ";"/);
    expect(readdirSync(options.cacheDir)).toEqual(made);
  });

  it('stays while a process uses it, however many others come after it', async () => {
    const cacheDir = scratchDir();
    const entryDir = sampleHandlers();
    const used = await templateFor({ cacheDir, entryDir, config: sampleConfig });
    const [first = ''] = readdirSync(cacheDir);
    const left = (name: string): string => join(cacheDir, `left-${name}`);
    for (const name of ['1', '2', '3', '4', '5', '6', '7']) {
      // More than the system has process numbers: it has ended.
      mkdirSync(left(name));
      writeFileSync(join(left(name), 'used-by-99999999'), '');
      utimesSync(left(name), Number(name), Number(name));
    }
    utimesSync(join(cacheDir, first), 0, 0);

    await templateFor({ cacheDir, entryDir, config: { ...sampleConfig, prefix: 'other' } });
    const names = readdirSync(cacheDir);
    expect(names).toContain(first);
    expect(names.filter((name) => name.startsWith('left-'))).toEqual([
      'left-3',
      'left-4',
      'left-5',
      'left-6',
      'left-7',
    ]);
    expect([...used.assets.values()].map((dir) => readdirSync(dir).includes('dispatcher.mjs'))).toEqual([
      true,
    ]);
  });

  it('is refused with what is wrong with the configuration, and nothing is left behind', async () => {
    const options = { cacheDir: scratchDir(), entryDir: sampleHandlers(['dispatcher']) };
    await expect(templateFor({ ...options, config: {} })).rejects.toThrow(
      /can't be synthesised:\nCorrect the context key [\s\S]*got nothing\n {2}→ at ledger/,
    );
    await expect(templateFor({ ...options, config: sampleConfig })).rejects.toThrow(/no runner\.handler\.ts/);
    expect(readdirSync(options.cacheDir)).toEqual([]);
  });
});
