import { faultNamed } from '../../scripts/sandbox/faults/registry.ts';
import { delivery } from './expected.ts';
import { prove } from './prove.ts';

test.each(Object.entries(delivery))('%s', async (name, expected) => {
  await prove(faultNamed(name), expected);
});
