import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { beyondInventory } from '../../../lambdas/catalog/playbooks/tag-coverage-drop-resources.ts';
import { tagCoverageDrop } from '../../../lambdas/catalog/playbooks/tag-coverage-drop.ts';
import {
  IDS_KEPT,
  Standing,
  type UntaggedResources,
} from '../../../lambdas/catalog/probes/untagged-resources.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { period: '2026-11' };
const NOW = new Date('2026-11-23T14:00:00Z');

const part = (standing: Standing, lines: number, ...ids: string[]): UntaggedResources[number] => ({
  standing,
  lines,
  resources: ids.length,
  ids,
});
const dropped = {
  period: 'open',
  coverage: {
    lines: 1_000,
    untagged: 7,
    services: [
      { service: 'AmazonEC2', lines: 350, untagged: 5 },
      { service: 'AmazonS3', lines: 200, untagged: 2 },
    ],
  },
  untagged: [part('known', 7, 'i-1', 'bucket-1')] as UntaggedResources,
  quarantine: {
    resources: 50,
    quarantined: 3,
    grown: 0,
    next: 0,
    last: { run: 'nightly', at: '2026-11-23T02:00:00.000Z', checked: 50, quarantined: 3 } as object | null,
  },
  validations: [
    {
      run: 'nightly',
      status: 'completed',
      startedAt: '2026-11-23T02:00:00.000Z',
      minutesAgo: 720,
      cause: null as string | null,
    },
  ],
  told: null as { at: string; count: string; resources: string } | null,
};
type Finding = typeof dropped;

const decide = (change: Partial<Finding>): Decision =>
  tagCoverageDrop.decide({ ...dropped, ...change }, { target, now: NOW });

const complete = { lines: 1_000, untagged: 0, services: [] };
const told = (count: string, resources: string) => ({
  told: { at: '2026-11-23T12:00:00.000Z', count, resources },
});
const quarantine = (change: Partial<Finding['quarantine']>) => ({
  quarantine: { ...dropped.quarantine, ...change },
});

const sync = { action: 'sync-tags', params: target };
const validate = { action: 'run-tag-validator', params: target };
const notify = (count: string, resources: string) => ({
  action: 'notify-provisioning',
  params: { ...target, count, resources },
});

const table: DecisionRow<Partial<Finding>>[] = [
  ['a closed period', { period: 'closed' }, 'escalate closed', /^2026-11 is closed/],
  [
    'an unknown period',
    { period: 'unknown' },
    'escalate unknown-period',
    /^the ledger does not know the state of 2026-11/,
  ],
  ['complete', { coverage: complete, untagged: [] }, 'leave complete', /^100 % of 1000 taggable lines$/],
  [
    'tagged between two looks',
    { untagged: [] },
    'leave complete',
    /^99\.3 % of 1000 taggable lines, 7 untagged \(AmazonEC2 98\.57 %, AmazonS3 99 %\)$/,
  ],
  [
    'all known: tags first, for the validator judges by them',
    {},
    ...(['act inventory-knows'] as const),
    /^99\.3 % of 1000 taggable lines, 7 untagged \(AmazonEC2 98\.57 %, AmazonS3 99 %\); the inventory knows the owners of 2 resources \(7 lines\); the validation last ran 23 Nov 2026 02:00 UTC and completed$/,
    [sync, validate],
  ],
  [
    'a closing period',
    { period: 'closing' },
    'act inventory-knows',
    /knows the owners of 2 resources \(7 lines\)/,
    [sync, validate],
  ],
  [
    'never validated',
    { validations: [] },
    'act inventory-knows',
    /the validation never ran$/,
    [sync, validate],
  ],
  [
    'none known',
    { untagged: [part('unknown', 7, 'i-9')] },
    ...(['act beyond-inventory'] as const),
    /the inventory knows the owners of 0 resources \(0 lines\), and it cannot tag 1 resources \(1 unknown\)/,
    [validate, notify('1', 'i-9')],
  ],
  [
    'some known',
    {
      untagged: [
        part('contradicted', 1, 'i-7'),
        part('known', 2, 'i-1'),
        part('ownerless', 1, 'i-8'),
        part('quarantined', 2, 'i-6'),
        part('unknown', 2, 'i-9'),
      ],
    },
    ...(['act beyond-inventory'] as const),
    /cannot tag 4 resources \(1 contradicted, 1 ownerless, 1 quarantined, 1 unknown\)/,
    [sync, validate, notify('4', 'i-6 i-7 i-8 i-9')],
  ],
  [
    'told of the same, and nothing to tag',
    { untagged: [part('unknown', 7, 'i-9')], ...told('1', 'i-9') },
    ...(['escalate told-already'] as const),
    /notified of the same 1 resources at 23 Nov 2026 12:00 UTC, .*; proposed, for a person to apply: the AWS Config rule required-tags/,
  ],
  [
    'told of the same, and something to tag: it is not told again',
    { untagged: [part('known', 1, 'i-1'), part('unknown', 6, 'i-9')], ...told('1', 'i-9') },
    ...(['act beyond-inventory'] as const),
    /knows the owners of 1 resources \(1 lines\), and it cannot tag 1 resources \(1 unknown\)/,
    [sync, validate],
  ],
  [
    'told of others',
    { untagged: [part('unknown', 7, 'i-9')], ...told('1', 'i-8') },
    'act beyond-inventory',
    /it cannot tag 1 resources \(1 unknown\)/,
    [validate, notify('1', 'i-9')],
  ],
  [
    'told of fewer',
    { untagged: [part('unknown', 7, 'i-9')], ...told('2', 'i-9') },
    'act beyond-inventory',
    /it cannot tag 1 resources \(1 unknown\)/,
    [validate, notify('1', 'i-9')],
  ],
  [
    'no line names a resource',
    { untagged: [part('nameless', 7)] },
    'escalate nameless',
    /; 7 lines name no resource$/,
  ],
  [
    'some lines name none',
    { untagged: [part('known', 5, 'i-1'), part('nameless', 2)] },
    ...(['act partly-nameless'] as const),
    /; 2 lines name no resource$/,
    [sync, validate],
  ],
  [
    'exactly a fifth',
    quarantine({ grown: 6, next: 4 }),
    'act inventory-knows',
    /knows the owners of 2 resources \(7 lines\)/,
    [sync, validate],
  ],
  [
    'more than a fifth',
    quarantine({ grown: 6, next: 5 }),
    'escalate quarantine-grows',
    /3 of 50 resources are in quarantine, 6 of them since the last validation, and the next would add 5$/,
  ],
  [
    'an empty inventory',
    quarantine({ resources: 0, quarantined: 0, next: 1 }),
    'escalate quarantine-grows',
    /0 of 0 resources are in quarantine, .* the next would add 1$/,
  ],
];

describe('tag-coverage-drop decides', () => {
  decidesByTable(tagCoverageDrop, table, decide);

  test('what is left to people is said, with the rule that they may apply', () => {
    const untagged = [part('nameless', 3), part('unknown', 4, 'i-9')];
    expect(decide({ untagged })).toMatchObject({
      handOff: {
        why:
          'provisioning must tag 1 resources (1 unknown); 3 lines name no resource; proposed, for a person to apply: ' +
          'the AWS Config rule required-tags with {"tag1Key":"tenant_id","tag2Key":"plan_id"}',
        severity: 'SEV-3',
      },
    });
    expect(decide({ untagged: [part('known', 1, 'i-1'), part('nameless', 3)] })).toMatchObject({
      handOff: { why: '3 lines name no resource: a person looks at the report' },
    });
    expect(decide({})).not.toHaveProperty('handOff');
  });

  test('below 98 % in any service is graver', () => {
    const of = (untagged: number) =>
      decide({
        untagged: [part('nameless', untagged)],
        coverage: { lines: 1_000, untagged, services: [{ service: 'AmazonEC2', lines: 100, untagged }] },
      });
    expect(of(2)).toMatchObject({ severity: 'SEV-3' });
    expect(of(3)).toMatchObject({ severity: 'SEV-2' });
  });

  test('of many resources it names twenty and counts all; of many services it names three', () => {
    const many = Array.from({ length: IDS_KEPT }, (_, i) => `i-${100 + i}`);
    const untagged = [
      { ...part('ownerless', 300), resources: 150, ids: many },
      { ...part('unknown', 300), resources: 250, ids: many.map((id) => `h-${id}`) },
    ];
    const decision = decide({ ...quarantine({ resources: 90_000 }), untagged });
    const [, notice] = decision.kind === 'act' ? decision.plan : [];
    expect(notice?.params['count']).toBe('400');
    expect(notice?.params['resources']?.split(' ')).toHaveLength(IDS_KEPT);
    const services = ['a', 'b', 'c', 'd', 'e'].map((service) => ({ service, lines: 100, untagged: 1 }));
    expect(decide({ coverage: { ...dropped.coverage, services } }).why).toMatch(
      /\(a 99 %, b 99 %, c 99 % and 2 more services\)/,
    );
  });

  test('one line among millions is not 100 %', () => {
    const coverage = {
      lines: 30_000_000,
      untagged: 1,
      services: [{ service: 'x', lines: 30_000_000, untagged: 1 }],
    };
    expect(decide({ coverage, untagged: [part('known', 1, 'i-1')] })).toMatchObject({
      kind: 'act',
      why: expect.stringMatching(/^99\.99 % of 30000000/) as unknown,
    });
  });
});

test('it is over when every line is tagged', () => {
  const holds = (coverage: object) =>
    tagCoverageDrop.recovery.check({ coverage, costs: [] }, { target, now: NOW });
  expect(holds(complete)).toEqual({ healthy: true, summary: '100 % of 1000 taggable lines' });
  expect(holds(dropped.coverage).healthy).toBe(false);
  expect(tagCoverageDrop.targetOf({ name: 'tag-coverage-drop', changedAt: NOW })).toEqual(target);
});

const untagged = fc
  .uniqueArray(
    fc.record({
      standing: fc.constantFrom(...Standing.options),
      lines: fc.integer({ min: 1, max: 99 }),
      more: fc.nat(40),
      ids: fc.uniqueArray(fc.stringMatching(/^i-[0-9a-f]{1,6}$/), { minLength: 1, maxLength: IDS_KEPT }),
    }),
    { selector: ({ standing }) => standing },
  )
  .map((parts) =>
    parts.map(({ standing, lines, more, ids }) =>
      standing === 'nameless'
        ? part(standing, lines)
        : { standing, lines, resources: ids.length + more, ids },
    ),
  );
decidesSoundly<unknown>(tagCoverageDrop, {
  finding: fc.record({
    period: fc.constantFrom('open', 'closing', 'closed', 'unknown'),
    coverage: fc
      .record({ lines: fc.integer({ min: 100, max: 999 }), untagged: fc.nat(99) })
      .map((counts) => ({
        ...counts,
        services: counts.untagged > 0 ? [{ service: 'AmazonEC2', ...counts }] : [],
      })),
    untagged,
    quarantine: fc.record({
      resources: fc.nat(500),
      quarantined: fc.nat(50),
      grown: fc.nat(50),
      next: fc.nat(50),
      last: fc.constant(null),
    }),
    validations: fc.constant([]),
    told: fc.option(
      fc.record({
        at: fc.constant(NOW.toISOString()),
        count: fc.constantFrom('1', '2'),
        resources: fc.constant('i-1'),
      }),
    ),
  }),
  target,
  derived: (finding) => {
    const { count, ids } = beyondInventory((finding as Finding).untagged);
    return [String(count), ids.join(' ')];
  },
  mayNotAct: (finding) => {
    const found = finding as Finding;
    const nobodyToTag = found.untagged.every(({ standing }) => standing === 'nameless');
    return ['closed', 'unknown'].includes(found.period) || found.coverage.untagged === 0 || nobodyToTag;
  },
  cites: (finding) => {
    const { period, coverage } = finding as Finding;
    return period === 'closed' || period === 'unknown'
      ? ['2026-11']
      : [`of ${coverage.lines} taggable lines`];
  },
});
