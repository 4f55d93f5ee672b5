import { faultNamed } from '../../sandbox/faults/all.ts';
import { byOutcome, inkFor, type Ink } from '../../scripts/ink.ts';
import { Narrator } from '../../scripts/narrator.ts';
import { epilogue } from '../../scripts/start/epilogue.ts';
import { wrapped } from '../../scripts/wrap.ts';

/** Names its colours, so that a test can read them. */
const ink: Ink = {
  strong: (text) => text,
  dim: (text) => text,
  good: (text) => `<good>${text}`,
  warn: (text) => `<warn>${text}`,
  bad: (text) => `<bad>${text}`,
};

test.each([
  ['resolved', 'good'],
  ['self-healed', 'good'],
  ['escalated', 'warn'],
  ['refused', 'warn'],
  ['inconclusive', 'warn'],
  ['ineffective', 'bad'],
  ['failed', 'bad'],
  [null, 'bad'],
] as const)('%s is %s, whether it was expected or not', (outcome, colour) => {
  expect(byOutcome(ink, outcome)('X')).toBe(`<${colour}>X`);
  const fault = faultNamed('delivery-incomplete');
  const run = {
    run: 'r',
    incident: 'INC-r',
    outcome,
    why: 'w',
    openedAt: '',
    endedAt: null,
    steps: [],
    evidence: [],
  };
  const result = {
    runs: [run],
    actions: [],
    wantedActions: [],
    metric: { before: 4, after: 4 },
    executions: [],
  };
  const [first] = epilogue(fault, result as never, { ink, seconds: 1 });
  expect(first).toMatch(new RegExp(`^<${colour}>${(outcome ?? 'unfinished').toUpperCase()}`));
});

describe('the story', () => {
  const told = (metric: string, data: readonly object[], columns?: number): string[] => {
    const lines: string[] = [];
    const narrator = new Narrator((line) => lines.push(line), inkFor(process.stdout, { NO_COLOR: '1' }), {
      metric,
      columns,
    });
    const call = { operation: 'PutMetricData', input: { MetricData: data } };
    narrator.watch({ kind: 'call', at: new Date('2026-11-23T14:06:00Z'), call } as never);
    return lines;
  };
  const published = [
    { MetricName: 'cur_freshness_days', Value: 1.29 },
    { MetricName: 'payment_mismatch_count', Value: 2 },
  ];

  test('is of the metric that the fault shows in, with the limit of its alarm', () => {
    expect(told('payment_mismatch_count', published)).toEqual([
      '14:06:00  metric    payment_mismatch_count is 2 (the alarm’s limit is 0)',
    ]);
    expect(told('cur_freshness_days', published)).toEqual([
      '14:06:00  metric    cur_freshness_days is 1.29 (the alarm’s limit is 2)',
    ]);
    expect(told('', published)).toEqual([]);
  });

  test('keeps to the width of the terminal, and starts each further line below the first', () => {
    expect(told('payment_mismatch_count', published, 50)).toEqual([
      '14:06:00  metric    payment_mismatch_count is 2',
      '                    (the alarm’s limit is 0)',
    ]);
  });
});

test('lines are broken between words, and colours take no room', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrapped('\u001b[32mone\u001b[39m two three', 8)).toEqual(['\u001b[32mone\u001b[39m two', 'three']);
  expect(wrapped('a-word-that-is-longer b', 8)).toEqual(['a-word-that-is-longer', 'b']);
  expect(wrapped('', 8)).toEqual(['']);
});
