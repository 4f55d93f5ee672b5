import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { anchorAll, anchorHead } from '../../lambdas/record/audit/anchor.ts';
import { verifyAudit } from '../../scripts/audit/verify.ts';
import { appendAudit } from '../../lambdas/record/audit-chain.ts';
import { minute, opening } from '../support/runs.ts';
import { ANCHORS, bootStoredRecord, RECORD } from '../support/stored-record.ts';
import { DAY_ONE, DAY_TWO, pastRun, readAll } from './past-runs.ts';

const record = bootStoredRecord();

const anchoring = () => ({ s3: record.s3, bucket: ANCHORS, pool: record.ledger.responder });
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
  const { faults, windows } = verifyAudit(copy, new Date(0));
  return { keys: copy.anchors.map(({ key }) => key), notes, faults, windows };
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
    expect.stringMatching(/^heads\/people\/00000001-[0-9a-f]{16}\.json$/),
    expect.stringMatching(/^heads\/people\/00000002-[0-9a-f]{16}\.json$/),
  ]);
  expect(await verify()).toEqual({ keys: [first, second], notes: [], faults: [], windows: [] });
});

test('all heads are anchored once a day, each day naming the one before', async () => {
  const keys = await Promise.all([1, 2].map(() => anchorAll(anchoring(), DAY_ONE)));
  expect(keys.filter((key) => key !== undefined)).toEqual(['daily/2026-11-23.json']);
  expect(await anchorAll(anchoring(), DAY_ONE)).toBeUndefined();
  await append('3');
  expect((await verify()).windows).toEqual([{ chain: 'people', entries: 1, since: minute(0) }]);
  await record.clock.advanceTo(DAY_TWO);
  expect(await anchorAll(anchoring(), DAY_TWO)).toBe('daily/2026-11-24.json');
  expect(await verify()).toMatchObject({ faults: [], windows: [] });
});

test('what is put over an anchor, or deletes it, changes nothing and is told of', async () => {
  const { s3 } = record;
  const forged = { Bucket: ANCHORS, Key: 'daily/2026-11-24.json' };
  await s3.send(new PutObjectCommand({ ...forged, Body: '{}' }));
  await s3.send(new DeleteObjectCommand({ Bucket: ANCHORS, Key: 'daily/2026-11-23.json' }));
  expect(await verify()).toMatchObject({
    faults: [],
    notes: [
      expect.stringMatching(/^daily\/2026-11-23.json was deleted/),
      expect.stringMatching(/^daily\/2026-11-24.json has 2 versions/),
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
