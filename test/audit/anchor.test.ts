import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { anchorAll, anchorHead, anchorMoment, publishKeys } from '../../lambdas/record/audit/anchor.ts';
import {
  headKey,
  headText,
  keyText,
  readDaily,
  rootOfChain,
} from '../../lambdas/record/audit/anchor-form.ts';
import { signerOf } from '../../lambdas/record/audit/anchor-key.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import { verifyAudit } from '../../scripts/audit/verify.ts';
import { appendAudit } from '../../lambdas/record/audit-chain.ts';
import { minute, opening } from '../support/runs.ts';
import { ANCHORS, bootStoredRecord, RECORD } from '../support/stored-record.ts';
import {
  anchoring as anchoringOf,
  DAY_ONE,
  DAY_THREE,
  DAY_TWO,
  pastRun,
  readAll,
  SIGNER,
} from './past-runs.ts';

const record = bootStoredRecord();

const anchoring = () => anchoringOf(record);
const append = (key: string) =>
  appendAudit(record.as('responder_respond'), {
    chain: 'people',
    key,
    at: minute(0),
    kind: 'responder.pause',
    body: {},
  });
const verify = async () => {
  const { copy, notes } = await readAll(record);
  const { faults, windows, forged } = verifyAudit(copy, new Date(0));
  return { keys: copy.anchors.map(({ key }) => key), notes, faults, windows, forged };
};

test('a head is anchored once however often it is asked for, and again when the chain has grown', async () => {
  expect(await anchorHead(anchoring(), 'people')).toBeUndefined();
  await append('1');
  const first = await anchorHead(anchoring(), 'people');
  expect(await Promise.all([1, 2, 3].map(() => anchorHead(anchoring(), 'people')))).toEqual(
    Array(3).fill(first),
  );
  await append('2');
  const second = await anchorHead(anchoring(), 'people');
  expect([first, second]).toEqual([
    expect.stringMatching(/^heads\/people\/00000001-[0-9a-f]{16}\.txt$/),
    expect.stringMatching(/^heads\/people\/00000002-[0-9a-f]{16}\.txt$/),
  ]);
  await publishKeys(anchoring());
  const all = await verify();
  expect(all).toMatchObject({ notes: [], faults: [], windows: [], forged: [] });
  expect(all.keys).toEqual([first, second, expect.stringMatching(/^keys\/[0-9a-f]{8}\.txt$/)]);
});

test('all heads are anchored once a day, each day naming the one before', async () => {
  const keys = await Promise.all([1, 2].map(() => anchorAll(anchoring(), DAY_ONE)));
  expect(keys.filter((key) => key !== undefined)).toEqual(['daily/2026-11-23.txt']);
  expect(await anchorAll(anchoring(), DAY_ONE)).toBeUndefined();
  await append('3');
  expect((await verify()).windows).toEqual([{ chain: 'people', entries: 1, since: minute(0) }]);
  await record.clock.advanceTo(DAY_TWO);
  expect(await anchorAll(anchoring(), DAY_TWO)).toBe('daily/2026-11-24.txt');
  expect(await verify()).toMatchObject({ faults: [], windows: [] });
});

test('a daily anchor lists what has changed since the one before, and signs the heads of all chains', async () => {
  const { copy } = await readAll(record);
  const daily = (day: string) => {
    const found = copy.anchors.find(({ key }) => key === `daily/${day}.txt`);
    return readDaily(ANCHORS, openNote(found?.bytes ?? '', SIGNER.keys) ?? '');
  };
  const [first, second] = [daily('2026-11-23'), daily('2026-11-24')];
  expect([first?.all, second?.all]).toMatchObject([
    { count: 1, lists: 'all' },
    { count: 1, lists: 'changed' },
  ]);
  expect([first?.heads, second?.heads]).toMatchObject([
    [{ chain: 'people', seq: 2 }],
    [{ chain: 'people', seq: 3 }],
  ]);
  expect(second?.all?.root).not.toBe(first?.all?.root);
});

test('what is put over an anchor, or deletes it, changes nothing and is told of', async () => {
  const { s3 } = record;
  const forged = { Bucket: ANCHORS, Key: 'daily/2026-11-24.txt' };
  await s3.send(new PutObjectCommand({ ...forged, Body: '{}' }));
  await s3.send(new DeleteObjectCommand({ Bucket: ANCHORS, Key: 'daily/2026-11-23.txt' }));
  expect(await verify()).toMatchObject({
    faults: [],
    notes: [
      expect.stringMatching(/^daily\/2026-11-23.txt was deleted/),
      expect.stringMatching(/^daily\/2026-11-24.txt has 2 versions/),
    ],
  });
});

test('evidence that a redriven run has replaced is found among its versions; what was never recorded is not', async () => {
  await pastRun(record, opening('one'), 'resolved');
  const body = { Bucket: RECORD, Key: 'evidence/one/before.json' };
  await record.s3.send(new PutObjectCommand({ ...body, Body: '[]' }));
  const replaced = await verify();
  expect(replaced.faults).toEqual([]);
  expect(replaced.notes.at(-1)).toMatch(/^evidence\/one\/before.json was replaced or deleted since/);
});

test('a moment anchors each chain that has an entry of it, and no other', async () => {
  await append('4');
  expect(await anchorMoment(anchoring(), minute(0))).toEqual([
    expect.stringMatching(/^heads\/INC-one\//),
    expect.stringMatching(/^heads\/people\/00000004-/),
  ]);
  expect(await anchorMoment(anchoring(), minute(7))).toEqual([]);
});

test('a forged head, or one put before ours under its key, is named and fails nothing; ours counts', async () => {
  const { s3 } = record;
  const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: ANCHORS, Key, Body }));
  const { copy } = await readAll(record);
  const last = copy.rows.findLast(({ chain }) => chain === 'people');
  const forged = { chain: 'people', seq: (last?.seq ?? 0) + 9, hash: 'f'.repeat(64), root: rootOfChain([]) };
  const stranger = signerOf(ANCHORS, 'a secret that is not the one of our own anchors'.replaceAll(' ', '-'));
  await put(headKey(forged), stranger.sign(headText(ANCHORS, forged)));
  await put(`keys/00000000.txt`, stranger.sign(keyText(ANCHORS, stranger.keys[0] ?? '')));
  await append('5');
  const hash = (await readAll(record)).copy.rows.findLast(({ chain }) => chain === 'people')?.hash ?? '';
  const taken = headKey({ chain: 'people', seq: (last?.seq ?? 0) + 1, hash });
  await put(taken, 'nothing of ours');
  expect(await anchorHead(anchoring(), 'people')).toBe(taken);
  const verdict = await verify();
  expect([verdict.faults, verdict.windows]).toEqual([[], []]);
  expect(verdict.forged).toEqual([
    expect.stringContaining(`${headKey(forged)} counts for nothing`),
    expect.stringContaining('keys/00000000.txt counts for nothing'),
  ]);
  expect(verdict.notes).toContainEqual(expect.stringContaining(`${taken} has 2 versions`));
});

test('a key that replaces another is trusted because that one has signed it', async () => {
  const words = 'a-secret-of-the-anchors-in-tests-of-64-characters';
  const both = signerOf(ANCHORS, `the-secret-that-replaces-the-one-before-it ${words}`);
  await record.clock.advanceTo(DAY_THREE);
  expect(await anchorAll(anchoringOf(record, both), DAY_THREE)).toBe('daily/2026-11-25.txt');
  const { copy } = await readAll(record);
  expect(verifyAudit(copy, new Date(0)).keys).toEqual([both.keys[1], both.keys[0]]);
  expect((await verify()).faults).toEqual([]);
  const [unknown = ''] = signerOf(ANCHORS, 'another-secret-that-signs-nothing-of-these').keys;
  expect(verifyAudit(copy, new Date(0), 744, [unknown])).toMatchObject({ counts: { anchors: 0 } });
});
