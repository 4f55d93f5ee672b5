import fc from 'fast-check';
import { storableJson, storableText } from '../../lambdas/record/storable.ts';
import { bootLedger } from '../support/ledger.ts';

const ledger = bootLedger();

const kept = async (value: unknown) =>
  (await ledger.responder.query<{ kept: unknown }>('select $1::jsonb as kept', [storableJson(value)])).rows[0]
    ?.kept;

test('PostgreSQL takes any text that a log or an error can bring, and gives it back', async () => {
  const text = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(text, text), { maxLength: 4 }), async (rows) => {
      const stored = (await kept(rows)) as unknown[];
      expect(stored).toHaveLength(rows.length);
    }),
    { numRuns: 200 },
  );
});

test('what PostgreSQL cannot hold becomes a replacement character; all else stays as it is', async () => {
  const lone = String.fromCharCode(0xd83d);
  await expect(kept({ a: `x\u0000y${lone}z`, b: '😀 ü \\u0000 "q"' })).resolves.toEqual({
    a: 'x\uFFFDy\uFFFDz',
    b: '😀 ü \\u0000 "q"',
  });
  expect(storableText(`a\u0000${lone}`)).toBe('a\uFFFD\uFFFD');
});
