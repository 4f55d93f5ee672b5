import * as fc from 'fast-check';
import { signalsMissing } from '../../../lambdas/catalog/playbooks/signals-missing.ts';
import { decidesSoundly } from './properties.ts';

const silent = {
  datapoints: { last: '2026-11-23T13:00:00.000Z', minutes: 60, unmeasured: 0 } as Record<string, unknown>,
  log: {
    exists: true,
    lines: 3,
    last: '2026-11-23T13:00:01.000Z' as string | null,
    errors: 0,
    accessDenied: 0,
    newest: null as string | null,
  },
};

const decide = (change: Partial<typeof silent>) =>
  signalsMissing.decide(
    { ...silent, ...change },
    {
      target: {},
      now: new Date('2026-11-23T14:00:00Z'),
    },
  );

describe('signals-missing decides', () => {
  const table: [string, Partial<typeof silent>, string, RegExp][] = [
    [
      'nobody measures: look at the schedule',
      {},
      'escalate',
      /since 23 Nov 2026 13:00 UTC, nor called.*schedule/,
    ],
    [
      'not within 12 hours',
      { datapoints: { last: null, minutes: null, unmeasured: null } },
      'escalate',
      /for more than 12 hours/,
    ],
    [
      'called, but nothing published',
      { log: { ...silent.log, last: '2026-11-23T13:55:01.000Z', errors: 1, newest: 'AccessDenied' } },
      'escalate',
      /although.*called; its log's newest error: AccessDenied/,
    ],
    [
      'some cannot be measured',
      { datapoints: { last: '2026-11-23T13:58:00.000Z', minutes: 2, unmeasured: 8 } },
      'escalate',
      /^8 business metrics cannot be measured$/,
    ],
    [
      'measured again',
      { datapoints: { last: '2026-11-23T13:58:00.000Z', minutes: 2, unmeasured: 0 } },
      'leave',
      /measured again/,
    ],
    [
      'exactly two turns late is measured',
      { datapoints: { last: '2026-11-23T13:50:00.000Z', minutes: 10, unmeasured: 0 } },
      'leave',
      /measured again/,
    ],
    [
      'later than that is not',
      { datapoints: { last: '2026-11-23T13:49:00.000Z', minutes: 11, unmeasured: 0 } },
      'escalate',
      /since 23 Nov 2026 13:49 UTC/,
    ],
  ];
  test.each(table)('%s', (_name, change, kind, why) => {
    const decision = decide(change);
    expect(decision.kind).toBe(kind);
    expect(decision.why).toMatch(why);
  });
});

test('what was never heard of is not called', () => {
  const never = { ...silent.log, exists: false, lines: 0, last: null };
  expect(decide({ log: never }).branch).toBe('not-called');
  expect(decide({ datapoints: { last: null, minutes: null, unmeasured: null } }).branch).toBe(
    'not-published',
  );
});

test('some that nobody counted are some', () => {
  const fresh = { last: '2026-11-23T13:58:00.000Z', minutes: 2, unmeasured: null };
  expect(decide({ datapoints: fresh }).why).toBe('some business metrics cannot be measured');
});

test('is about everything, and proven only by new datapoints of all metrics', () => {
  expect(signalsMissing.targetOf({ name: 'signals-missing', changedAt: new Date() })).toEqual({});
  const context = { target: {}, now: new Date('2026-11-23T14:00:00Z') };
  const holds = (datapoints: object) => signalsMissing.recovery.check({ datapoints }, context).healthy;
  expect(holds({ last: '2026-11-23T13:58:00.000Z', minutes: 2, unmeasured: 0 })).toBe(true);
  expect(holds(silent.datapoints)).toBe(false);
});

const moment = fc.option(fc.constantFrom('2026-11-23T11:00:00.000Z', '2026-11-23T13:58:00.000Z'));
decidesSoundly(signalsMissing, {
  finding: fc.record({
    datapoints: fc.record({
      last: moment,
      minutes: fc.option(fc.nat(999)),
      unmeasured: fc.option(fc.nat(9)),
    }),
    log: fc.record({
      exists: fc.boolean(),
      lines: fc.nat(9),
      last: moment,
      errors: fc.nat(9),
      accessDenied: fc.nat(9),
      newest: fc.option(fc.constantFrom('AccessDenied', 'timed out')),
    }),
  }),
  target: {},
  mayNotAct: () => true,
});
