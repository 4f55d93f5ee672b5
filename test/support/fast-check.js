// Stands for `fast-check` in tests: property tests draw the same values in every run, so that a result
// depends on the code alone. `FAST_CHECK_SEED=<number> npx jest <files>` draws others.
import { configureGlobal } from '../../node_modules/fast-check/lib/cjs/fast-check.js';

const given = process.env.FAST_CHECK_SEED ?? '1';
const seed = Number(given);
if (given.trim() === '' || !Number.isSafeInteger(seed))
  throw new Error(`FAST_CHECK_SEED is "${given}": give it a whole number, such as FAST_CHECK_SEED=7`);
configureGlobal({ seed });

export * from '../../node_modules/fast-check/lib/cjs/fast-check.js';
export { default } from '../../node_modules/fast-check/lib/cjs/fast-check.js';
