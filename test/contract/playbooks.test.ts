import { chain, upstreamOf } from '../../lambdas/playbooks/chain.ts';
import { playbookById, playbookOfAlarm, playbooks } from '../../lambdas/playbooks/registry.ts';
import { actPermissions, lookPermissions } from '../../lambdas/playbooks/permissions.ts';
import { UNMEASURED } from '../../lambdas/signals/names.ts';
import { signals } from '../../lambdas/signals/registry.ts';
import { exampleSettings } from '../support/settings.ts';

const settings = exampleSettings();
/** Verbs by which AWS names operations that change nothing. */
const READS = /^[a-z0-9-]+:(Get|List|Describe|Filter|Simulate|BatchGet)/;
/** A query writes its own result; that is the one thing looking has to write. */
const QUERYING = new Set(['athena:StartQueryExecution', 's3:PutObject']);

describe.each(playbooks.map((playbook) => [playbook.id, playbook] as const))(
  'playbook %s',
  (id, playbook) => {
    test('is found by its id and by each of its alarms', () => {
      expect(playbookById(id)).toBe(playbook);
      for (const { name } of playbook.alarms) expect(playbookOfAlarm(name)).toBe(playbook);
    });

    test('has alarms that a repair can show in, on metrics that are published', () => {
      const published = new Set([...signals.map(({ metric }) => metric), UNMEASURED]);
      for (const alarm of playbook.alarms) {
        expect(published).toContain(alarm.metric);
        expect(alarm.periodMinutes).toBeLessThanOrEqual(15);
        expect(alarm.datapoints.breaching).toBeLessThanOrEqual(alarm.datapoints.outOf);
        expect(alarm.statistic).toBe('above' in alarm.threshold ? 'Minimum' : 'Maximum');
      }
    });

    test('derives a target that its own schema accepts', () => {
      if (playbook.alarms.length === 0) return; // people name it
      const alarm = { name: playbook.alarms[0]?.name ?? '', changedAt: new Date('2026-11-23T14:00:00Z') };
      expect(() => playbook.target.parse(playbook.targetOf(alarm))).not.toThrow();
    });

    test('has a decision table, and tells people where it comes from', () => {
      expect(playbook.section).toMatch(/^(\d+\. |Observability)/);
      expect(playbook.symptoms.length).toBeGreaterThan(0);
      expect(Object.keys(playbook.branches).length).toBeGreaterThan(1);
      for (const [branch, { when, then }] of Object.entries(playbook.branches)) {
        expect(branch).toMatch(/^[a-z]+(-[a-z]+)*$/);
        expect(when).not.toBe('');
        expect(then).not.toBe('');
      }
    });

    test('prints what each look asks', () => {
      for (const probe of [...Object.values(playbook.probes), ...Object.values(playbook.recovery.probes)]) {
        expect(probe.asks.length).toBeGreaterThan(0);
      }
    });

    test('looks with reading permissions only', () => {
      const probes = [...Object.values(playbook.probes), ...Object.values(playbook.recovery.probes)];
      for (const probe of probes) {
        const asked = probe.permissions(settings).flatMap(({ actions }) => actions);
        expect(asked.filter((action) => !READS.test(action) && !QUERYING.has(action))).toEqual([]);
      }
    });

    test('declares each action once, with what it may touch, how it repeats and how it is undone', () => {
      const names = playbook.actions.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const action of playbook.actions) {
        expect(action.repeat).not.toBe('');
        expect(Object.values(action.undo)[0]).not.toBe('');
        const statements = action.permissions(settings);
        expect(statements.length > 0).toBe(action.changes);
        if (action.closedPeriod !== 'refused') expect(action.closedPeriod.allowed).not.toBe('');
        // Some reads know no resource; whatever changes something does.
        const changing = statements.filter(({ actions }) => actions.some((one) => !READS.test(one)));
        for (const { resources } of changing) expect(resources).not.toContain('*');
      }
    });
  },
);

test('no alarm belongs to two playbooks', () => {
  const names = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});

test("the alarms of the runbook's cards are all there", () => {
  const names = playbooks.flatMap(({ alarms }) => alarms.map(({ name }) => name));
  expect(names).toEqual(
    expect.arrayContaining([
      'cur-freshness',
      'allocation-variance',
      'allocation-variance-critical',
      'budget-stale',
      'tag-coverage-drop',
      'invoice-lag',
      'signals-missing',
    ]),
  );
});

test('what acts is not among what looks', () => {
  const looks = new Set(lookPermissions(settings).flatMap(({ actions }) => actions));
  const acts = actPermissions(settings).flatMap(({ actions }) => actions);
  expect(acts).toContain('glue:StartJobRun');
  expect(acts.filter((action) => looks.has(action) && !READS.test(action))).toEqual([]);
});

test('the chain names playbooks that there are, whose targets are periods', () => {
  for (const { playbook } of chain) {
    expect(playbookById(playbook)?.target.safeParse({ period: '2026-11' }).success).toBe(true);
  }
  expect(upstreamOf('invoice-lag').map(({ name }) => name)).toEqual([
    'costs',
    'allocation',
    'reconciliation',
  ]);
  expect(upstreamOf('cur-freshness')).toEqual([]);
  expect(upstreamOf('budget-stale')).toEqual([]);
});
