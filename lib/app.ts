/** What `npx cdk` runs (cdk.json): synthesises the stack with the configuration in the context key `responder`. */
import { ConfigError } from '../lambdas/platform/checked.ts';
import { synthesise } from './synth.ts';

try {
  await synthesise();
} catch (error) {
  // A list of mistakes is for people; where in our code they were found is not.
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
