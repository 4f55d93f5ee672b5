import module from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * `node scripts/run.js <command> …`: what every npm script runs. Plain JavaScript, so that a Node that cannot run the
 * project's TypeScript gets as far as this sentence.
 */
const NEEDED = 24;

const [command = '', ...words] = process.argv.slice(2);
const major = Number(process.versions.node.split('.')[0]);

if (major < NEEDED) {
  const typed = command === 'start' || command === 'test' ? `npm ${command}` : `npm run ${command}`;
  const brought = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);
  const remedy = brought
    ? 'run "npm install --include=optional" here, which brings Node 24 along'
    : `install Node ${NEEDED} (https://nodejs.org, or "brew install node@${NEEDED}" on a Mac) and put it first in PATH`;
  console.error(
    `${typed} needs Node ${NEEDED} or newer, but found Node ${process.versions.node} (${process.execPath}): ${remedy}.`,
  );
  process.exitCode = 1;
} else {
  // What Node has compiled once, for this process and those that it starts: most commands begin in half the time.
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../.sandbox/compiled', import.meta.url));
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  const script = new URL(`./${command}.ts`, import.meta.url);
  process.argv = [process.execPath, fileURLToPath(script), ...words];
  await import(script.href);
}
