import { faultNamed } from '../../scripts/sandbox/faults/registry.ts';
import { job } from './expected.ts';
import { prove } from './prove.ts';

test.each(Object.entries(job))('%s', async (name, expected) => {
  await prove(faultNamed(name), expected);
});
