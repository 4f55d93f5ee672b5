import { clockFor } from '../../scripts/start/report.ts';

test.each([
  ['2025-11-10T01:00:00Z', '2025-11-11T01:00:00Z'],
  ['2025-11-01T01:00:00Z', '2025-11-03T00:00:00Z'],
  ['2025-11-02T00:00:00Z', '2025-11-03T00:00:00Z'],
  ['2025-11-02T05:00:00Z', '2025-11-03T05:00:00Z'],
  // All of November.
  ['2025-12-01T00:00:00Z', '2025-12-02T00:00:00Z'],
  ['2024-02-29T12:00:00Z', '2024-03-01T12:00:00Z'],
])('usage until %s: the clock starts at %s', (newest, clock) => {
  expect(clockFor(new Date(newest))).toEqual(new Date(clock));
});
