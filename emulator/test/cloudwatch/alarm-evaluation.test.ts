import vectors from '../fixtures/alarm-vectors.json' with { type: 'json' };
import { evaluate } from '../../aws/alarm-evaluation.ts';
import type { AlarmState, Datapoint, MissingTreatment } from '../../aws/alarm-evaluation.ts';

const DATAPOINTS: Readonly<Record<string, Datapoint>> = { '0': 'ok', X: 'breaching', '-': 'missing' };

const rangeOf = (text: string): Datapoint[] => text.split(' ').map((sign) => DATAPOINTS[sign] ?? 'missing');

const stateOf = (
  range: string,
  [m, n]: [number, number],
  missing: MissingTreatment,
  previous: AlarmState,
): AlarmState => evaluate({ range: rangeOf(range), m, n, missing, previous }).state;

describe("CloudWatch's published tables", () => {
  test.each(vectors.vectors)('$m of $n, $range, $missing, was $previous: $expected', (vector) => {
    const state = stateOf(
      vector.range,
      [vector.m, vector.n],
      vector.missing as MissingTreatment,
      vector.previous as AlarmState,
    );
    expect(state).toBe(vector.expected);
  });

  test('all of them are there', () => expect(vectors.vectors).toHaveLength(120));
});

describe('what the tables leave open', () => {
  test.each(['- - - - X', '- - - X -'])('a breach too young for 3 of 3 (%s) changes nothing', (range) => {
    for (const previous of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)
      expect(stateOf(range, [3, 3], 'missing', previous)).toBe(previous);
  });

  test('1 of 1 takes an older datapoint before missing data counts', () => {
    expect(stateOf('0 - -', [1, 1], 'breaching', 'OK')).toBe('OK');
    expect(stateOf('- - -', [1, 1], 'breaching', 'OK')).toBe('ALARM');
  });

  test('it says which datapoints decided, and how many were filled in', () => {
    const verdict = evaluate({
      range: rangeOf('0 - X - -'),
      m: 2,
      n: 3,
      missing: 'breaching',
      previous: 'OK',
    });
    expect(verdict).toEqual({ state: 'ALARM', considered: [0, 2], filled: 1 });
  });
});
