/** A process of its own: `node synthesise-apart.ts '{"outDir": …, "config": …}'`, for template.ts. */
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ConfigError } from '../lambdas/platform/checked.ts';
import { synthesise } from '../lib/synth.ts';

/** Written into the assembly's directory: where in it the two results lie. */
export interface Synthesised {
  readonly template: string;
  readonly asset: string;
}

const options = JSON.parse(process.argv[2] ?? '{}') as { outDir: string; config: unknown; entryDir?: string };
try {
  // Deployments and their tests are validated; the same template need not be again.
  const { templateFile, assetDir } = await synthesise({ ...options, validate: false });
  const synthesised: Synthesised = {
    template: relative(options.outDir, templateFile),
    asset: relative(options.outDir, assetDir),
  };
  writeFileSync(join(options.outDir, 'synthesised.json'), JSON.stringify(synthesised));
} catch (error) {
  // The remedy lies in a configuration or in a handler: a stack of our own code and of esbuild's would only hide it.
  const forPeople = error instanceof ConfigError || (error as { errors?: unknown }).errors !== undefined;
  console.error(forPeople ? (error as Error).message : error);
  process.exitCode = 1;
}
