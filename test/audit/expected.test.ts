import { PutObjectCommand } from '@aws-sdk/client-s3';
import { anchorAll } from '../../lambdas/record/audit/anchor.ts';
import {
  dailyKey,
  dailyText,
  readDaily,
  sha256,
  type DailyAnchor,
} from '../../lambdas/record/audit/anchor-form.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import { auditOrder } from '../../lambdas/record/orders.ts';
import { verifyAudit, type AuditCopy } from '../../scripts/audit/verify.ts';
import { ANCHORS, bootStoredRecord } from '../support/stored-record.ts';
import { minute } from '../support/runs.ts';
import { anchoring as anchoringOf, CALLER, fill, readAll, SIGNER } from './past-runs.ts';

/** What should be there and is not: no hash shows it. */

const record = bootStoredRecord();
const anchoring = () => anchoringOf(record);
const note = (daily: DailyAnchor) => SIGNER.sign(dailyText(ANCHORS, daily));
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
    'anchor daily/2026-11-25.txt: the day has none',
    'anchor daily/2026-11-26.txt: the day has none',
    'anchor daily/2026-11-27.txt: the day has none',
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
  const put = (day: string, change: Partial<DailyAnchor>) => {
    const before = daily(day);
    const content = readDaily(ANCHORS, openNote(before?.bytes ?? '', SIGNER.keys) ?? '');
    const bytes = Buffer.from(note({ ...(content as DailyAnchor), ...change }));
    return copy.anchors.map((one) => (one.key === before?.key ? { ...one, bytes } : one));
  };
  const late = { ...copy, readAt: afterDays(1).toISOString() };
  // Of the second day, when all that the first day held was a day old.
  const modified = afterDays(1.2).toISOString();
  const without = (change: Partial<DailyAnchor>) =>
    faultsOf({
      ...late,
      anchors: put('2026-11-24', { heads: [], ...change }).map((one) =>
        one.key === dailyKey('2026-11-24') ? { ...one, modified } : one,
      ),
    });
  const leftOut = (chain: string) =>
    `anchor daily/2026-11-24.txt: it leaves out what chain ${chain} held then`;
  expect(without({})).toContain(
    'anchor daily/2026-11-24.txt: the heads of all chains that it signs are not those that the anchors list',
  );
  // Of those that had changed since, and of all when it is to list all.
  expect(without({})).toContain(leftOut('INC-five'));
  expect(without({})).not.toContain(leftOut('INC-one'));
  const all = { count: 0, root: '', through: '1', lists: 'all' } as const;
  expect(without({ all })).toEqual(expect.arrayContaining(['INC-one', 'INC-five'].map(leftOut)));
  const older = {
    key: dailyKey('2026-11-22'),
    bytes: Buffer.from(note({ day: '2026-11-22', heads: [], previous: null })),
  };
  const skipping = put('2026-11-24', { previous: { key: older.key, sha256: sha256(older.bytes) } });
  expect(faultsOf({ ...late, anchors: [...skipping, older] })).toContainEqual(
    'anchor daily/2026-11-24.txt: it names daily/2026-11-22.txt as the daily anchor before it, and that is daily/2026-11-23.txt',
  );
});

test('a key of the future stops no anchor; it is a fault if we have signed it, and nothing if we have not', async () => {
  const Key = dailyKey('9999-12-31');
  const Body = dailyText(ANCHORS, { day: '9999-12-31', heads: [], previous: null });
  await record.s3.send(new PutObjectCommand({ Bucket: ANCHORS, Key, Body }));
  await record.clock.advanceTo(afterDays(2));
  expect(await anchorAll(anchoring(), afterDays(2))).toBe('daily/2026-11-25.txt');
  const { copy: now } = await readAll(record);
  expect(faultsOf(now)).toEqual([]);
  expect(verifyAudit(now, new Date(0)).forged).toEqual([
    expect.stringMatching(
      /^daily\/9999-12-31.txt counts for nothing.*somebody else has put it there at 2026/,
    ),
  ]);
  const anchors = now.anchors.map((one) =>
    one.key === Key ? { ...one, bytes: Buffer.from(SIGNER.sign(Body)) } : one,
  );
  expect(faultsOf({ ...now, anchors })).toContain('anchor daily/9999-12-31.txt: its day has not come');
});

const GAP = ['2026-11-26', '2026-11-28'] as const;
const explain = (days: readonly string[], at: string) =>
  auditOrder(record.as('responder_respond'), {
    caller: CALLER,
    action: 'responder.explain-gap',
    object: { type: 'anchors', id: days.join('/') },
    at,
    why: 'the account was frozen',
  });

test('days without an anchor are a fault until a person explains just these, once they are over', async () => {
  await explain(GAP, afterDays(2).toISOString());
  await record.clock.advanceTo(afterDays(6));
  expect(await anchorAll(anchoring(), afterDays(6))).toBe('daily/2026-11-29.txt');
  const unexplained = 'anchors of 2026-11-26 to 2026-11-28: there are none, and nobody has explained why';
  const of = async () => (await readAll(record)).copy;
  // An order from before, and one for other days.
  expect(faultsOf(await of())).toEqual([unexplained]);
  await explain([GAP[0], '2026-11-27'], afterDays(6).toISOString());
  expect(faultsOf(await of())).toEqual([unexplained]);
  await explain(GAP, afterDays(6).toISOString());
  const explained = await of();
  const { faults, gaps } = verifyAudit(explained, new Date(0));
  expect(faults).toEqual([]);
  expect(gaps).toEqual([
    {
      from: GAP[0],
      to: GAP[1],
      until: afterDays(6).toISOString(),
      // The order from before, which no anchor held in the meantime.
      entries: 1,
      order: { person: CALLER.person, why: 'the account was frozen', at: afterDays(6).toISOString() },
    },
  ]);
  // An anchor that is gone is no gap: the next one names it.
  const anchors = explained.anchors.filter(({ key }) => key !== dailyKey('2026-11-25'));
  expect(faultsOf({ ...explained, anchors })).toContain(
    'anchor daily/2026-11-29.txt: the daily anchor before it, daily/2026-11-25.txt, has vanished',
  );
});

test('a day whose anchor we have written on another day alarms: the sweep fails', async () => {
  const day = afterDays(8).toISOString().slice(0, 10);
  const Body = note({ day, heads: [], previous: null });
  await record.s3.send(new PutObjectCommand({ Bucket: ANCHORS, Key: dailyKey(day), Body }));
  await record.clock.advanceTo(afterDays(8));
  await expect(anchorAll(anchoring(), afterDays(8))).rejects.toThrow(
    /daily\/2026-12-01.txt was written at 2026-11-29.*wanted one that was written on 2026-12-01/,
  );
});
