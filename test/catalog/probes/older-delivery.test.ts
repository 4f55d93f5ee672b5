import * as fc from 'fast-check';
import { assembledAt } from '../../../lambdas/catalog/probes/assembled-at.ts';
import { whyOlder } from '../../../lambdas/catalog/probes/month-costs.ts';

const at = (day: number, hour = 12) => new Date(Date.UTC(2026, 10, day, hour));
type Copy = Parameters<typeof whyOlder>[1]['athena'];
const copy = (digest: string, { newest = at(10), loadedAt = at(11, 16) } = {}): Copy => ({
  digests: [digest],
  newest,
  loadedAt,
});
const load = (digest: string, firstLoadedAt: Date | null) => ({ digest, firstLoadedAt });
const held = (athena: Copy, ledger = athena) => ({ athena, ledger });

/** What lies there, `there`, was written on the 12th unless it says so; the copies hold `held` of the 10th. */
const CASES: Record<
  string,
  {
    written?: Date | null;
    digest?: string | null;
    copies?: ReturnType<typeof held>;
    loads?: ReturnType<typeof load>[];
    older: RegExp | null;
  }
> = {
  'that was written after both copies were loaded': { older: null },
  'that is not there': { digest: null, older: null },
  'without a time': { written: null, older: null },
  'that both copies hold': { written: at(1), copies: held(copy('there')), older: null },
  'that was written before usage that both have': {
    written: at(9),
    older: /^it was written 9 Nov .*, and Athena has usage up to 10 Nov/,
  },
  'that was written when the usage ended': { written: at(10), older: /usage up to 10 Nov/ },
  'that was written before usage that the ledger alone has': {
    written: at(9),
    copies: held(copy('there'), copy('held')),
    older: /^it was written 9 Nov .*, and the ledger has usage up to 10 Nov/,
  },
  'that was written two hours before another one was loaded': {
    written: at(11, 14),
    older: /^it was written 11 Nov 2026 14:00 UTC, and Athena was loaded from another one 11 Nov/,
  },
  'that came while another one was loaded': { written: at(11, 15), older: null },
  'that is put back as new, and was loaded before the present one': {
    loads: [load('there', at(9)), load('held', at(11, 16))],
    older: /^it was loaded 9 Nov .* already, and what Athena holds came after it, 11 Nov/,
  },
  'that was loaded after the present one, which is there again': {
    copies: held(copy('held', { loadedAt: at(14) })),
    loads: [load('held', at(9)), load('there', at(11, 16))],
    older: null,
  },
  'that was loaded at the same moment': {
    loads: [load('there', at(9)), load('held', at(9))],
    older: null,
  },
  'of whose load no time is on record': {
    loads: [load('there', null), load('held', at(11, 16))],
    older: null,
  },
  'that was loaded before, beside a copy of an unknown one': { loads: [load('there', at(9))], older: null },
  'beside empty copies': {
    written: at(1),
    copies: held({ digests: [], newest: null, loadedAt: null }),
    older: null,
  },
};

describe('a delivery', () => {
  test.each(Object.entries(CASES))(
    '%s',
    (_, { written = at(12), digest = 'there', copies, loads, older }) => {
      const delivery = { digest, writtenAt: written && written.toISOString() };
      const why = whyOlder({ ...delivery, id: null }, copies ?? held(copy('held')), loads ?? []);
      if (older) expect(why).toMatch(older);
      else expect(why).toBeNull();
    },
  );

  test('is never older where it was written after all that the copies say, and its load is the last', () => {
    const day = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(day, day, day, fc.boolean(), (newest, loaded, first, isLogged) => {
        const copies = held(copy('held', { newest: at(newest), loadedAt: at(loaded) }));
        const loads = isLogged ? [load('held', at(first)), load('there', at(21))] : [];
        expect(
          whyOlder({ digest: 'there', id: null, writtenAt: at(21).toISOString() }, copies, loads),
        ).toBeNull();
      }),
    );
  });
});

describe('the time that a manifest names', () => {
  test.each([
    [['20261104T101501Z'], '2026-11-04T10:15:01.000Z'],
    [['20261104T101501.123Z'], '2026-11-04T10:15:01.000Z'],
    [['2026-11-04T10:15:01.000Z-5e8f4a1c'], '2026-11-04T10:15:01.000Z'],
    [
      [
        undefined,
        'export/data/BILLING_PERIOD=2026-11/2026-11-04T10:15:01.000Z-5e8f4a1c/export-00001.parquet',
      ],
      '2026-11-04T10:15:01.000Z',
    ],
    [
      ['882083b7-ea62-4aab-aa6a-f0d08d65ee2b', 'cur/20261101-20261201/20261104T101501Z/cur-1.csv.gz'],
      '2026-11-04T10:15:01.000Z',
    ],
    // No time: a UUID of digits, a month, a day that is not there.
    [['20261104-0000-4000-8000-00000000000a'], undefined],
    [['0000000a-0000-4000-8000-00000000000a', 'cur/20261101-20261201/cur-1.csv.gz'], undefined],
    [['20261341T101501Z'], undefined],
    [[undefined], undefined],
  ])('%j is %s', (ids, time) => expect(assembledAt(ids)).toBe(time));
});
