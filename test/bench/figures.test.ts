import { chartOf } from '../../scripts/bench/chart.ts';
import { figureLines } from '../../scripts/bench/pages.ts';
import { isMet, type Figure } from '../../scripts/bench/part.ts';
import { pairedRounds, ratioOf, randomFrom, shuffled } from '../../scripts/bench/rounds.ts';

const figure = (value: number, target?: Figure['target']): Figure => ({
  name: 'runner',
  value,
  unit: '×',
  ...(target && { target }),
  missed: 'because of the machine',
});

test.each([
  [0.85, { most: 0.85 }, true],
  [0.86, { most: 0.85 }, false],
  [2, { least: 2 }, true],
  [1.99, { least: 2 }, false],
  [9, undefined, undefined],
])('%d of %j: met is %s', (value, target, met) => {
  expect(isMet(figure(value, target))).toBe(met);
});

test('a missed target is printed with its reason, one that is met without', () => {
  expect(figureLines([figure(3, { most: 2 })]).join('\n')).toMatch(
    /3\.00 ×.*≤ 2 × +missed\n +because of the machine$/,
  );
  expect(figureLines([figure(1, { most: 2 })]).join('\n')).toMatch(/≤ 2 × +met$/);
});

test('contenders take turns in an order that changes, the same for the same seed', async () => {
  const orderOf = async (seed: number): Promise<string[]> => {
    const order: string[] = [];
    await pairedRounds(['a', 'b', 'c'], { rounds: 20, seed }, (name) => order.push(name));
    return order;
  };
  const order = await orderOf(7);
  expect(await orderOf(7)).toEqual(order);
  expect(await orderOf(8)).not.toEqual(order);
  const rounds = Array.from({ length: 20 }, (_, i) => order.slice(3 * i, 3 * i + 3));
  for (const round of rounds) expect([...round].sort()).toEqual(['a', 'b', 'c']);
  expect(new Set(rounds.map((round) => round[0]))).toEqual(new Set(['a', 'b', 'c']));
  expect(shuffled([1, 2, 3], randomFrom(1)).sort()).toEqual([1, 2, 3]);
});

test('a ratio is that of each round, so that a slow round falls on both', () => {
  expect(ratioOf([2, 20, 4, 6, 2], [1, 10, 2, 2, 1])).toEqual({ value: 2, band: [2, 2] });
});

test('the chart has a bar for each figure with a target, on the side where it is', () => {
  const chart = chartOf([
    figure(0.5, { most: 1 }),
    figure(4, { most: 1 }),
    figure(4, { least: 1 }),
    figure(7),
  ]);
  const bars = [...chart.matchAll(/<rect\s+x="([\d.]+)"\s+y="\d+"\s+width="([\d.]+)"/g)].map(
    ([, x, width]) => ({
      from: Number(x),
      to: Number(x) + Number(width),
    }),
  );
  const at = Number(/<line\s+x1="([\d.]+)"/.exec(chart)?.[1]);
  expect(bars.map(({ from, to }) => (from + to) / 2 > at)).toEqual([false, true, false]);
  expect(chart).not.toMatch(/NaN|undefined/);
});
