import { createHash } from 'node:crypto';
import { evidenceStore } from '../../lambdas/engine/evidence-store.ts';
import { keepEvidence } from '../../lambdas/record/evidence.ts';
import { bootStoredRecord, RECORD } from '../support/stored-record.ts';

const record = bootStoredRecord();
const store = (run: string, mode: 'live' | 'dry-run' = 'live') =>
  evidenceStore({ s3: async () => record.s3 }, RECORD, { run, mode });
const answer = (n: number) =>
  keepEvidence('before/p/1', 'p', { source: 's', query: 'q', parameters: {}, rows: [{ n }] }, new Date(0));
const textOf = (key: string) => record.buckets.get(RECORD, key).then(String);

test('the seal is the hash of what was kept; the same again is the same, another answer is beside it', async () => {
  const first = await store('r').keep('before', [answer(1)]);
  expect(first.key).toBe('evidence/r/before.json');
  expect(first.sha256).toBe(
    createHash('sha256')
      .update(await textOf(first.key))
      .digest('hex'),
  );
  expect(await store('r').keep('before', [answer(1)])).toEqual(first);
  const second = await store('r').keep('before', [answer(2)]);
  expect(second.key).toMatch(/^evidence\/r\/before\.[0-9a-f]{16}\.json$/);
  expect(JSON.parse(await textOf(first.key))).toEqual([answer(1)]);
  expect(await store('r').load([first, second])).toEqual({ records: [answer(1), answer(2)], changed: [] });
});

test('what is replaced or deleted after it was seen is left out, and named', async () => {
  const replaced = await store('s').keep('before', [answer(1)]);
  const deleted = await store('s').keep('after', [answer(2)]);
  const whole = await store('s').keep('gone', [answer(3)]);
  await record.buckets.put(RECORD, replaced.key, Buffer.from(JSON.stringify([answer(4)])));
  await record.buckets.delete(RECORD, deleted.key);
  expect(await store('s').load([replaced, deleted, whole])).toEqual({
    records: [answer(3)],
    changed: [
      expect.stringMatching(/^the evidence evidence\/s\/before.json was replaced after it was seen/),
      expect.stringMatching(/^the evidence evidence\/s\/after.json was deleted after it was seen/),
    ],
  });
});

test('a rehearsal keeps its evidence under a prefix of its own', async () => {
  expect((await store('d', 'dry-run').keep('before', [answer(1)])).key).toBe('rehearsals/d/before.json');
});
