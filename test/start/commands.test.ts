import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith } from '../../emulator/test/support/needs.ts';
import { environment, ROOT } from '../processes/child-sandbox.ts';

/** Every command of package.json, in a process of its own as npm starts it. */
const scripts = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }
).scripts;
const asTyped = (name: string): string =>
  ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * @param options.node by default the one that runs us
 * @param options.importing a module that it loads first
 */
async function run(
  name: string,
  words: readonly string[],
  { node = process.execPath, importing }: { node?: string | undefined; importing?: string } = {},
): Promise<Ended> {
  const first =
    importing === undefined ? [] : ['--import', `data:text/javascript,${encodeURIComponent(importing)}`];
  const child = spawn(node, [...first, 'scripts/run.js', name, ...words], {
    cwd: ROOT,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, out, err };
}

const names = Object.keys(scripts);
test('each goes through run.js', () => {
  expect(names).toEqual(expect.arrayContaining(['start', 'test', 'synth', 'format']));
  expect(scripts).toEqual(Object.fromEntries(names.map((name) => [name, `node scripts/run.js ${name}`])));
});

describe.each(names)('%s', (name) => {
  test('--help prints how it is used, and starts nothing', async () => {
    const { code, out, err } = await run(name, ['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^${asTyped(name)}(?: -- | \\[--|  )`));
  });

  test('an option that it has not is answered in one line', async () => {
    const { code, out, err } = await run(name, ['--no-such-option']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^.*--no-such-option.*\n$/);
  });
});

describe('with an older Node, a command says in one sentence what was found, what is needed and what to do', () => {
  const sentence = (remedy: string): RegExp =>
    new RegExp(
      `^npm run limits needs Node 24 or newer, but found Node 20\\S+ \\(\\S+node\\): ${remedy}.*\\.\\n$`,
    );

  test.each([
    ['linux', 'x64', 'run "npm install --include=optional" here, which brings Node 24 along'],
    ['linux', 'riscv64', 'install Node 24 \\(https://nodejs.org'],
    ['darwin', 'arm64', 'install Node 24 .*on a Mac'],
  ])('on %s %s', async (platform, arch, remedy) => {
    const pretended = `for (const [key, value] of Object.entries({ platform: '${platform}', arch: '${arch}',
      versions: { ...process.versions, node: '20.20.2' } })) Object.defineProperty(process, key, { value });`;
    const { code, out, err } = await run('limits', [], { importing: pretended });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(sentence(remedy));
  });

  /** The machine's own, behind the one that comes with the dependencies. */
  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) =>
    /^v20\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''),
  );
  describeWith(
    'Node 20',
    old,
    'Looked at /usr/bin/node and /usr/local/bin/node; Debian 13 has it as nodejs.',
  )('a real one', () => {
    test('can read it', async () => {
      const { code, out, err } = await run('limits', [], { node: old });
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(sentence('.* Node 24'));
    });
  });
});
