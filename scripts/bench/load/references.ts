import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLED } from '../../../lib/bundle.ts';

/** Five clients and what every function uses: what a function loads that is lazy about nothing. */
const ALL = [
  '@aws-sdk/client-lambda',
  '@aws-sdk/client-glue',
  '@aws-sdk/client-athena',
  '@aws-sdk/client-cloudwatch',
  '@aws-sdk/client-sns',
  'pg',
  'zod',
  '@aws/durable-execution-sdk-js',
];

/** What handlers are compared with, bundled as they are. */
export const REFERENCES = { empty: [], eager: ALL, 'eager again': ALL };
export type Reference = keyof typeof REFERENCES;

/** @returns the module of each */
export function makeReferences(dir: string): Record<Reference, string> {
  mkdirSync(dir, { recursive: true });
  const made = Object.entries(REFERENCES).map(([name, packages]) => {
    const file = join(dir, `${name.replace(' ', '-')}.mjs`);
    // Every name is used: what nobody uses is left out of a bundle.
    const imports = packages.map((one, i) => `import * as m${i} from '${one}';`);
    const contents = `${imports.join('\n')}\nexport const all = [${packages.map((_, i) => `m${i}`).join()}];`;
    buildSync({
      ...BUNDLED,
      stdin: { contents, resolveDir: resolve(import.meta.dirname, '../../..') },
      outfile: file,
      splitting: false,
    });
    return [name, file];
  });
  return Object.fromEntries(made) as Record<Reference, string>;
}
