import { guards } from '../../lambdas/engine/guards/all.ts';
import type { GuardVerdict } from '../../scripts/mutants/verdict.ts';
import { DRILLS_OF_GUARDS } from '../../sandbox/faults/guards.ts';
import { faults } from '../../sandbox/faults/all.ts';
import { drilling } from '../drills/drilling.ts';

const { drill: mutants, report } = drilling<{ missing: string[]; verdicts: GuardVerdict[] }>(
  'scripts/mutants.ts',
);

test('every guard has drills that there are, and nothing else has', () => {
  expect(Object.keys(DRILLS_OF_GUARDS).sort()).toEqual(guards.map(({ name }) => name).sort());
  const names = faults.map(({ name }) => name);
  for (const drills of Object.values(DRILLS_OF_GUARDS)) {
    expect(drills.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining([...drills]));
  }
});

test('without the cooldown its drill fails, and nothing is left behind', async () => {
  const { code, out, err, left } = await mutants(['cooldown']);
  expect({ code, err, left }).toEqual({ code: 0, err: '', left: [] });
  expect(out).toMatch(
    /^cooldown +guard-cooldown +killed +runs: wanted cur-freshness refused \(not-loaded\); got cur-freshness resolved/m,
  );
  expect(out).toMatch(/^the guard is missed by a drill, in \d+ s$/m);
  expect(report()).toMatchObject({
    missing: [],
    verdicts: [{ guard: 'cooldown', drills: [{ drill: 'guard-cooldown', verdict: { kind: 'killed' } }] }],
  });
});

test('a guard that there is not is answered with those that there are', async () => {
  const { code, out, err } = await mutants(['cooling']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(
    /there is no guard cooling; there are ledger, order, upstream, open-run, kill-switch, /,
  );
});
