import { faultNamed, faults } from '../../scripts/sandbox/faults/registry.ts';
import { delivery, job, platform } from './expected.ts';
import { prove } from './prove.ts';

test.each(Object.entries(platform))('%s', async (name, expected) => {
  await prove(faultNamed(name), expected);
});

test('every fault that there is has its scenario, once', () => {
  const proven = [delivery, job, platform].flatMap((group) => Object.keys(group));
  expect(proven.sort()).toEqual(faults.map(({ name }) => name).sort());
});
