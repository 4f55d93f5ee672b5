import { PutObjectCommand } from '@aws-sdk/client-s3';
import { anchorAll } from '../../lambdas/record/audit/anchor.ts';
import { anchorText, dailyKey, sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import { verifyAudit, type AuditCopy } from '../../scripts/audit/verify.ts';
import { ANCHORS, bootStoredRecord } from '../support/stored-record.ts';
import { minute } from '../support/runs.ts';
import { fill, readAll } from './past-runs.ts';

/** What should be there and is not: no hash shows it. */

const record = bootStoredRecord();
const anchoring = () => ({ s3: record.s3, bucket: ANCHORS, pool: record.ledger.responder });
const afterDays = (days: number) => new Date(Date.parse(minute(0)) + days * 86_400_000);
const faultsOf = (copy: AuditCopy): string[] =>
  verifyAudit(copy, new Date(0)).faults.map(({ where, what }) => `${where}: ${what}`);

let copy: AuditCopy;
beforeAll(async () => {
  await fill(record);
  ({ copy } = await readAll(record));
});

test('the day without an anchor is named, and an entry that none has held for a day', () => {
  expect(faultsOf(copy)).toEqual([]);
  expect(faultsOf({ ...copy, readAt: afterDays(3.6).toISOString() })).toEqual([
    'anchor daily/2026-11-25.json: the day has none',
    'anchor daily/2026-11-26.json: the day has none',
    'anchor daily/2026-11-27.json: the day has none',
    'chain INC-seven: an entry is in no anchor for longer than 26 h',
  ]);
});

test.each([
  ['without a lock', { lockedUntil: null }, 'it is not locked for as long as promised'],
  ['locked for less', { lockedUntil: afterDays(300).toISOString() }, 'it is not locked for as long as'],
  ['written later', { modified: afterDays(2).toISOString() }, 'it was not written on its day'],
])('an anchor %s is named', (_, change, what) => {
  const key = dailyKey('2026-11-23');
  const anchors = copy.anchors.map((one) => (one.key === key ? { ...one, ...change } : one));
  expect(faultsOf({ ...copy, anchors })).toContainEqual(
    expect.stringMatching(new RegExp(`^anchor ${key}: ${what}`)),
  );
});

test('a daily anchor that leaves a chain out, or names another than the day before, is named', () => {
  const daily = (day: string) => copy.anchors.find(({ key }) => key === dailyKey(day));
  const put = (day: string, change: object) => {
    const before = daily(day);
    const { sha256: _, ...content } = JSON.parse(Buffer.from(before?.bytes ?? []).toString()) as {
      sha256: string;
      heads: { chain: string }[];
    };
    const bytes = Buffer.from(anchorText({ ...content, ...change } as never));
    return copy.anchors.map((one) => (one.key === before?.key ? { ...one, bytes } : one));
  };
  const late = { ...copy, readAt: afterDays(1).toISOString() };
  // Of the second day, when all that the first day held was a day old.
  const modified = afterDays(1.2).toISOString();
  const without = put('2026-11-24', { heads: [] }).map((one) =>
    one.key === dailyKey('2026-11-24') ? { ...one, modified } : one,
  );
  expect(faultsOf({ ...late, anchors: without })).toContainEqual(
    'anchor daily/2026-11-24.json: it leaves out what chain INC-one held then',
  );
  const older = {
    key: 'daily/2026-11-22.json',
    bytes: Buffer.from(anchorText({ day: '2026-11-22', heads: [], previous: null })),
  };
  const skipping = put('2026-11-24', { previous: { key: older.key, sha256: sha256(older.bytes) } });
  expect(faultsOf({ ...late, anchors: [...skipping, older] })).toContainEqual(
    'anchor daily/2026-11-24.json: it names daily/2026-11-22.json as the daily anchor before it, and that is daily/2026-11-23.json',
  );
});

test('a key of the future stops no anchor, and is named', async () => {
  const newest = copy.anchors.find(({ key }) => key === dailyKey('2026-11-24'));
  const previous = { key: newest?.key ?? '', sha256: sha256(newest?.bytes ?? '') };
  const Body = anchorText({ day: '9999-12-31', heads: [], previous });
  await record.s3.send(new PutObjectCommand({ Bucket: ANCHORS, Key: dailyKey('9999-12-31'), Body }));
  await record.clock.advanceTo(afterDays(2));
  expect(await anchorAll(anchoring(), afterDays(2))).toBe('daily/2026-11-25.json');
  const { copy: now } = await readAll(record);
  expect(faultsOf(now)).toEqual([
    'anchor daily/9999-12-31.json: it names daily/2026-11-24.json as the daily anchor before it, and that is daily/2026-11-25.json',
    'anchor daily/9999-12-31.json: its day has not come',
  ]);
});

test('a day whose anchor was written on another day alarms: the sweep fails', async () => {
  const day = afterDays(4).toISOString().slice(0, 10);
  const Body = anchorText({ day, heads: [], previous: null });
  await record.s3.send(new PutObjectCommand({ Bucket: ANCHORS, Key: dailyKey(day), Body }));
  await record.clock.advanceTo(afterDays(4));
  await expect(anchorAll(anchoring(), afterDays(4))).rejects.toThrow(
    /daily\/2026-11-27.json was written at 2026-11-25.*wanted one that was written on 2026-11-27/,
  );
});
