import { approvalNeed, wantsArgument } from '../../lambdas/engine/approval-need.ts';
import type { Decision } from '../../lambdas/domain/decision.ts';
import { chain, upstreamOf } from '../../lambdas/catalog/playbooks/chain.ts';
import { playbookById, playbookOfAlarm, playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import {
  actPermissions,
  declaredGrants,
  readPermissions,
} from '../../lambdas/catalog/playbooks/permissions.ts';
import { invoices } from '../../lambdas/domain/lock-names.ts';
import { UNMEASURED } from '../../lambdas/domain/metrics.ts';
import { signals } from '../../lambdas/catalog/signals/registry.ts';
import { act } from '../support/decisions.ts';
import { exampleSettings } from '../support/settings.ts';

const settings = exampleSettings();
/** Verbs by which AWS names operations that change nothing. */
const READS = /^[a-z0-9-]+:(Get|List|Describe|Filter|Simulate|BatchGet)/;
/** A query writes its own result, in parts; that is the one thing looking has to write. */
const WRITING_RESULTS = ['s3:PutObject', 's3:AbortMultipartUpload'];
const QUERYING = new Set(['athena:StartQueryExecution', 'athena:StopQueryExecution', ...WRITING_RESULTS]);
const RESULTS = 'arn:aws:s3:::commercial-ops-athena-results/responder/*';

// Of the others people name the target.
test.each(
  playbooks.flatMap((playbook) => playbook.alarms.map(({ name }) => [name, playbook.id, playbook] as const)),
)('of the alarm %s the playbook %s derives a target that its own schema accepts', (name, _id, playbook) => {
  const alarm = { name, changedAt: new Date('2026-11-23T14:00:00Z') };
  expect(() => playbook.target.parse(playbook.targetOf(alarm))).not.toThrow();
});

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

    test('names its own alarms, probes, rows and actions where it takes a line of the runbook over', () => {
      const own = {
        alarm: playbook.alarms.map(({ name }) => name),
        probe: Object.values(playbook.probes).map(({ name }) => name),
        branch: Object.keys(playbook.branches),
        action: playbook.actions.map(({ name }) => name),
      };
      for (const shown of Object.values(playbook.byHand ?? {}).flat())
        for (const [kind, name] of Object.entries(shown))
          expect(own[kind as keyof typeof own]).toContain(name);
    });

    test('proposes what would prevent what raises its alarm', () => {
      const proposed = Object.values(playbook.branches).flatMap(({ prevention = [] }) => prevention);
      for (const prevention of proposed) expect(prevention).toMatch(/^[A-Z].{20,}[^.]$/);
      if (playbook.alarms.length > 0) expect(proposed).not.toEqual([]);
    });

    test('prints what each look asks', () => {
      for (const probe of [...Object.values(playbook.probes), ...Object.values(playbook.recovery.probes)]) {
        expect(probe.queries.length).toBeGreaterThan(0);
      }
    });

    test('looks with reading permissions only', () => {
      const probes = [...Object.values(playbook.probes), ...Object.values(playbook.recovery.probes)];
      for (const probe of probes) {
        const asked = probe.permissions(settings).flatMap(({ actions }) => actions);
        expect(asked.filter((action) => !READS.test(action) && !QUERYING.has(action))).toEqual([]);
        for (const { actions, resources } of probe.permissions(settings))
          if (WRITING_RESULTS.some((one) => actions.includes(one))) expect(resources).toEqual([RESULTS]);
      }
    });

    test('declares each action once, with what it may touch, how it repeats and how it is undone', () => {
      const names = playbook.actions.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      for (const action of playbook.actions) {
        expect(action.repeat).not.toBe('');
        expect('by' in action.undo ? action.undo.why : action.undo.irreversible).not.toBe('');
        const statements = action.permissions(settings);
        expect(statements.length > 0).toBe(action.changes);
        if (action.closedPeriod !== 'refused') expect(action.closedPeriod.allowed).not.toBe('');
        // Some reads know no resource; whatever changes something does.
        const changing = statements.filter(({ actions }) => actions.some((one) => !READS.test(one)));
        for (const { resources } of changing) expect(resources).not.toContain('*');
      }
    });

    test('has an example of what a plan could hold', () => {
      for (const { name, params, example } of playbook.actions)
        expect([name, params.safeParse(example).error]).toEqual([name, undefined]);
    });

    test('locks what it changes, by names without a gap', () => {
      for (const action of playbook.actions) {
        const { writes, reads } = action.locks(action.example, settings);
        expect(writes.length > 0).toBe(action.changes);
        for (const name of [...writes, ...reads]) {
          expect(name).toMatch(/^[a-z-]+(\/[^/]+)*$/);
          expect(name).not.toContain('undefined');
        }
      }
    });

    test('has the action that undoes another, and gives it what it needs', () => {
      for (const { example, undo } of playbook.actions) {
        if (!('by' in undo)) continue;
        const compensation = playbook.actions.find((action) => action.name === undo.by);
        expect(compensation?.changes).toBe(true);
        expect(() => compensation?.params.parse(undo.params(example))).not.toThrow();
      }
    });

    test('argues for what it does alone and cannot undo, or asks', () => {
      const argued = Object.keys(playbook.withoutApproval ?? {});
      const irreversible = playbook.actions.filter(wantsArgument).map(({ name }) => name);
      expect(argued.filter((name) => !irreversible.includes(name))).toEqual([]);
      for (const why of Object.values(playbook.withoutApproval ?? {})) expect(why).toMatch(/^[A-Z].{20,}\.$/);
      for (const name of irreversible) {
        const decision = act('as a test says', [{ action: name, params: {} }]) as Decision & { kind: 'act' };
        expect([name, approvalNeed(playbook, decision, 'auto').needed]).toEqual([
          name,
          !argued.includes(name),
        ]);
      }
    });
  },
);

test('nobody argues for putting off jobs: people are asked', () => {
  const asking = playbooks.flatMap(({ actions, withoutApproval = {} }) =>
    actions.filter((action) => wantsArgument(action) && !withoutApproval[action.name]),
  );
  expect(asking.map(({ name }) => name)).toContain('put-off-background-jobs');
});

test('two people are asked about money: about every action that writes an invoice', () => {
  const actions = playbooks.flatMap((playbook) => playbook.actions);
  const writing = actions.filter((action) =>
    action.locks(action.example, settings).writes.some((name) => name.startsWith(invoices(''))),
  );
  expect(writing.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['emit-invoice', 'settle-invoice', 'top-up']),
  );
  for (const { name, money } of writing) expect([name, money]).toEqual([name, true]);
});

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
  const looks = new Set(readPermissions(settings).flatMap(({ actions }) => actions));
  const acts = actPermissions(settings).flatMap(({ actions }) => actions);
  expect(acts).toContain('glue:StartJobRun');
  expect(acts.filter((action) => looks.has(action) && !READS.test(action))).toEqual([]);
});

test.each(playbooks.map(({ id }) => id))(
  'where %s is off, roles have the rights of the others alone',
  (id) => {
    const others = playbooks.filter((one) => one.id !== id).map((one) => one.id);
    const rightsWith = (...on: readonly string[]): Set<string>[] => {
      const off = playbooks.filter((one) => !on.includes(one.id)).map((one) => [one.id, 'off'] as const);
      const of = { ...settings, playbooks: Object.fromEntries(off) };
      return [readPermissions(of), actPermissions(of)].map(
        (statements) =>
          new Set(
            statements.flatMap(({ actions, resources }) =>
              actions.map((one) => `${one} ${resources.join()}`),
            ),
          ),
      );
    };
    const own = others.map((one) => rightsWith(one));
    for (const [role, rights] of rightsWith(...others).entries())
      expect([...rights].sort()).toEqual([...new Set(own.flatMap((of) => [...of[role]!]))].sort());
  },
);

test('logins change the tables of playbooks that are switched on alone', () => {
  const acting = (...on: readonly string[]) =>
    declaredGrants(
      undefined,
      Object.fromEntries(playbooks.flatMap(({ id }) => (on.includes(id) ? [] : [[id, 'off' as const]]))),
    ).acting;
  const all = playbooks.map(({ id }) => id);
  expect(acting()).toEqual([]);
  expect(acting(...all)).toEqual(declaredGrants().acting);
  expect(acting('payment-mismatch').length).toBeGreaterThan(0);
  for (const id of all) {
    const others = all.filter((one) => one !== id);
    expect(acting(...others).toSorted()).toEqual(
      [...new Set(others.flatMap((one) => acting(one)))].toSorted(),
    );
  }
});

test('only restarts need the environments of functions, and of the two that the runbook restarts', () => {
  const off = { ...settings, playbooks: { 'restart-functions': 'off' as const } };
  const readable = (of: typeof settings) =>
    [...readPermissions(of), ...actPermissions(of)].flatMap(({ actions, resources }) =>
      actions.includes('lambda:GetFunctionConfiguration') ? resources : [],
    );
  expect([...new Set(readable(settings))].sort()).toEqual(
    ['allocation_runner', 'cur_ingestion'].map(
      (name) => `arn:aws:lambda:us-east-1:012345678901:function:${name}`,
    ),
  );
  expect(readable(off)).toEqual([]);
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
