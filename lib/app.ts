/** What `npx cdk` runs (cdk.json): synthesises the stack with the configuration in the context key `responder`. */
import { ConfigError } from '../lambdas/platform/checked.ts';
import { synthesise } from './synth.ts';

try {
  await synthesise();
} catch (error) {
  // People need the list of mistakes, not our stack trace.
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
