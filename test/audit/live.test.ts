import { verifyAudit } from '../../scripts/audit/verify.ts';
import { verifyLive } from '../../scripts/audit/verify-live.ts';
import { readAll as readLedger } from '../../scripts/audit/read-ledger.ts';
import { SortedLines } from '../../scripts/audit/sorted-lines.ts';
import { ANCHORS, bootStoredRecord, RECORD } from '../support/stored-record.ts';
import { fill, fillEveryKind, readAll, seeded } from './past-runs.ts';

/** The check where the audit lies sees a few chains at a time, and must see what the check of a whole copy sees. */

const record = bootStoredRecord();
beforeAll(async () => {
  await fill(record);
  await fillEveryKind(record);
  // More commands than are read at a time.
  await record.ledger.admin.query(`
    insert into responder.audit (chain, key, at, kind, body)
    select 'people', 'order.refused/' || i, '2026-11-23T18:00:00.000Z', 'order.refused', '{}' from generate_series(1, 2100) i`);
});

const RUN = `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, execution_arn, opened_at, ended_at, outcome, why)
  select 'stray', $1, playbook, target_key, target, mode, request, 'arn:stray', opened_at, ended_at, outcome, why from responder.run where run_id = 'one'`;
const stray = (incident: string): string => RUN.replace('$1', `'${incident}'`);

test.each([
  ['nothing', 'select 1', 0],
  [
    'an entry of an incident',
    `update responder.audit set body = '{}' where chain = 'INC-one' and seq = 2`,
    1,
  ],
  [
    'a late entry of people',
    `update responder.audit set kind = 'x' where chain = 'people' and seq = 2050`,
    1,
  ],
  ['a chain that is gone', `delete from responder.audit where chain = 'INC-two'`, 3],
  ['a chain that is cut', `delete from responder.audit where chain = 'INC-three' and seq > 1`, 2],
  ['all chains gone', `delete from responder.audit`, 8],
  ['a run of no chain, before all others', stray('A'), 1],
  ['a run of no chain, after all others', stray('Z'), 1],
  ['a run in another chain', stray('INC-one'), 1],
  [
    'an order about nobody’s incident',
    `update audit_event set object_type = 'incident', object_id = 'zz' where actor_type = 'operator_user'`,
    2,
  ],
  ['a plan of no run', `update audit_event set metadata = '{}' where actor_type = 'system'`, 2],
  ['a command', `update responder.command set at = at + interval '1 day'`, 2],
  ['an approver of no plan', `insert into responder.approver values ('A-none', 'sre', 'arn', now())`, 1],
  ['a message', `update responder.told set recipient = 'x'`, 2],
  ['a guard', `update responder.guard set figures = 'x'`, 2],
  ['evidence', `update responder.evidence set rows = '[1]'`, 2],
])('%s, where it lies as in a copy', async (_, sql, least) => {
  const client = await record.ledger.admin.connect();
  try {
    await client.query('begin; set local session_replication_role = replica');
    await client.query(sql);
    const { copy } = await readAll(record);
    const readAt = new Date(copy.readAt);
    const whole = verifyAudit({ ...copy, ...(await readLedger(client)) }, new Date(0));
    const { verdict } = await verifyLive(
      {
        s3: record.s3,
        log: ANCHORS,
        recordBucket: RECORD,
        ledger: (look) => look(client),
        kept: [],
      },
      { readAt, keptSince: new Date(0), lockedDays: 24 * 31 },
    );
    const lines = (faults: readonly object[]) => faults.map((fault) => JSON.stringify(fault)).sort();
    const beside = (faults: readonly object[]) =>
      lines(faults).filter((line) => !line.includes('another login'));
    expect(beside(verdict.faults)).toEqual(beside(whole.faults));
    expect(beside(verdict.faults).length).toBeGreaterThanOrEqual(least);
    // Read before the change: those of entries that are gone, too.
    const rest = ({ counts, ...others }: typeof whole) => ({
      ...others,
      counts: { ...counts, bodies: 0 },
      faults: [],
    });
    expect(rest(verdict)).toEqual(rest(whole));
  } finally {
    await client.query('rollback');
    client.release();
  }
});

test('lines come by their bytes, in memory or not, whatever their characters', () => {
  const random = seeded(3);
  const signs = ['a', 'Z', '-', '/', 'é', '€', '\u{1F600}', '\uFFFD'];
  const lines = Array.from({ length: 500 }, () =>
    Array.from(
      { length: 1 + Math.floor(random() * 6) },
      () => signs[Math.floor(random() * signs.length)],
    ).join(''),
  );
  const sorted = [...lines].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const inMemory of [10, 100, 1_000_000]) {
    const all = new SortedLines(inMemory);
    for (const line of lines) all.add(line);
    expect([...all]).toEqual(sorted);
    expect([...all]).toEqual(sorted);
    all.close();
  }
});
