import { few, moments } from '../../scripts/moments/moments.ts';
import { environment, ROOT } from '../processes/child-sandbox.ts';
import { runScript } from '../processes/started.ts';

test('six moments, one of each kind, come to the same end', async () => {
  const { code, out, err } = await runScript(['scripts/run.js', 'moments', '--few'], {
    cwd: ROOT,
    env: environment(),
  });
  expect({ code, err, failed: out.match(/^FAIL.*\n.*/gm) }).toEqual({ code: 0, err: '', failed: null });
  expect(out.match(/^ok .* cur-freshness resolved +4\.\d+ → 1\.\d+/gm)).toHaveLength(6);
  expect(new Set(few.map(({ why }) => why)).size).toBe(6);
});

test('the moments are what they are called', () => {
  const of = (kind: string): string[] =>
    moments.filter(({ why }) => why === kind).map(({ at }) => at.toISOString().slice(0, 16));
  expect(of('any day')).toHaveLength(96);
  expect(of('month end')).toEqual(expect.arrayContaining(['2028-02-29T23:45', '2028-04-30T23:45']));
  expect(of('month end')).toHaveLength(12);
  // Whether clocks there really change between the two moments and the end of the second story.
  for (const [zone, name] of [
    ['Europe/Berlin', 'Berlin'],
    ['America/New_York', 'New York'],
    ['America/Los_Angeles', 'Los Angeles'],
  ] as const) {
    const hour = new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
    for (const season of ['summer', 'winter']) {
      const [before, after] = of(`${name} to ${season} time`).map((text) =>
        Number(hour.format(new Date(`${text}Z`))),
      );
      expect((after ?? 0) - (before ?? 0)).toBe(season === 'summer' ? 2 : 0);
    }
  }
});
