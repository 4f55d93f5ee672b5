import { signalsMissing } from '../../lambdas/playbooks/signals-missing.ts';

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
      /since 2026-11-23T13:00Z, nor called.*schedule/,
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
      /./,
    ],
    [
      'later than that is not',
      { datapoints: { last: '2026-11-23T13:49:00.000Z', minutes: 11, unmeasured: 0 } },
      'escalate',
      /./,
    ],
  ];
  test.each(table)('%s', (_name, change, kind, why) => {
    const decision = decide(change);
    expect(decision.kind).toBe(kind);
    expect(decision.why).toMatch(why);
  });
});
