import { settingsFromEnvironment } from '../../lambdas/platform/settings.ts';
import * as z from 'zod';
import { ConfigError } from '../../lambdas/platform/checked.ts';
import { Limits, limitsOf } from '../../lambdas/domain/limits.ts';
import { playbookById, playbookIds } from '../../lambdas/catalog/playbooks/registry.ts';
import { limitsTable } from '../../lambdas/commands/each/limits.ts';
import { readConfig } from '../../lib/config.ts';
import { sampleConfig } from '../lib/sample-product.ts';
import { exampleSettings } from '../support/settings.ts';

/** As its playbook says, where there is one. */
const limitsFor = (limits: Limits, id: string) => limitsOf(limits, playbookById(id) ?? { id });

describe('what holds when nobody has said anything', () => {
  const limits = Limits.parse({});

  test('is the careful thing', () => {
    expect(limits.trust.initial).toBe('shadow');
    expect(limits.overall).toEqual({ perHour: 10, perDay: 40 });
    expect([limits.leaseMinutes, limits.approvalHours]).toEqual([120, 8]);
    expect(limits.freeze).toEqual({ zone: 'UTC', windows: [], monthEnd: { lastDays: 0, firstDays: 0 } });
  });

  test('for a playbook of single things, known or not', () => {
    const single = {
      cooldownMinutes: 30,
      budget: { perHour: 4, perDay: 12 },
      targetBudget: { perHour: 2, perDay: 4 },
      blastRadius: { rows: 1_000, usd: 100_000, tenants: 50 },
      breakerAfter: 3,
      returnsADay: 3,
    };
    expect(limitsFor(limits, 'payment-mismatch')).toEqual(single);
    expect(limitsFor(limits, 'one-that-comes-next-year')).toEqual(single);
  });

  test.each(['cur-freshness', 'allocation-variance', 'recon-failed', 'tag-coverage-drop'])(
    'for %s, which computes a month anew, a whole month is no accident',
    (id) => {
      expect(playbookIds).toContain(id);
      const whole = limitsFor(limits, id);
      expect(whole.blastRadius).toEqual({ rows: 200_000_000, usd: 50_000_000, tenants: 10_000 });
      expect(whole.budget).toEqual(limitsFor(limits, 'payment-mismatch').budget);
    },
  );
});

test('what is set for one playbook is set for no other, and leaves its other limits alone', () => {
  const limits = Limits.parse({
    others: { cooldownMinutes: 45 },
    playbooks: { 'budget-stale': { budget: { perHour: 1 } }, 'cur-freshness': { breakerAfter: 2 } },
  });
  expect(limitsFor(limits, 'budget-stale')).toMatchObject({
    budget: { perHour: 1, perDay: 12 },
    // What is written for one is the whole of it: `others` is for those without limits of their own.
    cooldownMinutes: 30,
  });
  expect(limitsFor(limits, 'cur-freshness')).toMatchObject({
    breakerAfter: 2,
    blastRadius: { rows: 200_000_000 },
  });
  expect(limitsFor(limits, 'payment-mismatch')).toMatchObject({
    budget: { perHour: 4 },
    cooldownMinutes: 45,
  });
  expect(limitsFor(limits, 'unheard-of')).toMatchObject({ budget: { perHour: 4 }, cooldownMinutes: 45 });
});

interface Node {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
}

/** Everything that can be set, by its place in the schema. */
function leaves(node: Node, path: readonly string[] = []): { path: string; unit: string | undefined }[] {
  const inner = [
    ...Object.entries(node.properties ?? {}),
    ...(typeof node.additionalProperties === 'object' ? [['*', node.additionalProperties] as const] : []),
    ...(node.items?.properties ? [['*', node.items] as const] : []),
  ];
  if (inner.length === 0) return [{ path: path.join('.'), unit: node.description }];
  return inner.flatMap(([key, one]) => leaves(one, [...path, key]));
}

const schema = leaves(z.toJSONSchema(Limits, { io: 'output', unrepresentable: 'any' }) as Node);

test('every limit says its unit', () => {
  expect(schema.length).toBeGreaterThan(30);
  expect(schema.filter(({ unit }) => unit === undefined || unit.length < 5)).toEqual([]);
});

describe('the table that people are shown', () => {
  const limits = Limits.parse({
    playbooks: { 'budget-stale': { cooldownMinutes: 61 } },
    freeze: { zone: 'Europe/Berlin', windows: [{ name: 'Fridays', cron: '0 22 * * 5', minutes: 600 }] },
  });
  const table = limitsTable(limits);
  const lineOf = (begins: string): string | undefined =>
    table.split('\n').find((line) => line.trimStart().startsWith(begins));

  test('has every limit of the schema, with its unit', () => {
    const everything = schema.filter(({ path }) => !/^(others|playbooks)\.|\.windows\.\*/.test(path));
    const ofOne = schema.filter(({ path }) => path.startsWith('playbooks.*.'));
    expect(ofOne).toHaveLength(10);
    const places = [
      ...everything,
      ...ofOne.map(({ path, unit }) => ({ path: path.slice('playbooks.*.'.length), unit })),
    ];
    for (const { path, unit } of places) {
      expect(unit).not.toBe('');
      expect(
        table.split('\n').filter((line) => line.includes(path) && line.endsWith(unit ?? '?')),
      ).not.toEqual([]);
    }
  });

  test('shows what holds for each playbook, its own or the others’', () => {
    for (const id of playbookIds) expect(lineOf(id)).toBeDefined();
    const cooldownOf = (id: string) => lineOf(id)?.trim().split(/ +/)[1];
    expect([cooldownOf('budget-stale'), cooldownOf('invoice-lag')]).toEqual(['61', '30']);
    expect(table).toContain('0 22 * * 5');
  });
});

describe('limits that make no sense', () => {
  const wrong = {
    trust: { initial: 'always' },
    overall: { perHour: -1 },
    leaseMinutes: 5,
    approvalHours: 100,
    others: { blastRadius: { usd: '100' } },
    playbooks: { 'cur-freshness': { breakerAfter: 0, coolDown: 5 } },
    freeze: { zone: 'Berlin', windows: [{ name: 'w', cron: 'never', minutes: 5 }] },
  };
  const told = [
    'expected one of "shadow"|"approve"|"auto"; got "always"\n  → at limits.trust.initial',
    'expected number to be >=0; got -1\n  → at limits.overall.perHour',
    'expected number; got "100"\n  → at limits.others.blastRadius.usd',
    'expected number to be >=1; got 0\n  → at limits.playbooks["cur-freshness"].breakerAfter',
    'key: "coolDown"; correct its spelling or remove it\n  → at limits.playbooks["cur-freshness"]',
    'an IANA time zone such as "Europe/Berlin" or "UTC"; got "Berlin"\n  → at limits.freeze.zone',
    'five fields of cron, e.g. "0 22 * * 5" for Fridays at 22:00; got "never"\n  → at limits.freeze.windows[0].cron',
    'expected number to be >=60; got 5\n  → at limits.leaseMinutes',
    'expected number to be <=72; got 100\n  → at limits.approvalHours',
  ];

  test.each<[string, () => unknown]>([
    ['at synthesis', () => readConfig({ ...sampleConfig, limits: wrong })],
    [
      'when a function starts',
      () =>
        settingsFromEnvironment({
          RESPONDER_SETTINGS: JSON.stringify({ ...exampleSettings(), limits: wrong }),
        }),
    ],
  ])('are refused %s, each with its place, what was got and what is wanted', (_name, read) => {
    let error: unknown;
    try {
      read();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const { message } = error as ConfigError;
    for (const words of told) expect(message).toContain(words);
    expect(message.match(/^✖/gm)).toHaveLength(told.length);
  });
});
