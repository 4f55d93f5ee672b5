import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { limitsTable } from '../lambdas/commands/each/limits.ts';
import { ConfigError } from '../lambdas/platform/checked.ts';
import { readConfig } from '../lib/config.ts';

/**
 * `npm run limits [-- my.json]`: every limit of a configuration, with its unit; by default of the context in cdk.json. What is
 * in force where it is deployed, `npm run respond -- limits` tells.
 */
try {
  const [file] = process.argv.slice(2);
  const cdk = JSON.parse(readFileSync(resolve(import.meta.dirname, '..', 'cdk.json'), 'utf8')) as {
    context: { responder: unknown };
  };
  console.log(limitsTable(readConfig(file ?? cdk.context.responder).limits));
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
