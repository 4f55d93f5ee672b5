import { execFile } from 'node:child_process';
import { anchorAll } from '../../lambdas/record/audit/anchor.ts';
import { measure, wasteful } from '../../scripts/bench/growth.ts';
import { SEEDED_UNTIL, seedRecord } from '../../scripts/bench/seed.ts';
import { SIGNER } from '../audit/past-runs.ts';
import { ANCHORS, bootStoredRecord, RECORD } from '../support/stored-record.ts';

/** Forty days of 500 runs: enough that PostgreSQL reads no table whole in which it can look rows up. */
const RUNS = 20_000;
/** Of JavaScript, in MB: the audit of these runs does not fit into it. */
const HEAP = 100;

const record = bootStoredRecord();
beforeAll(() => seedRecord(record.ledger.admin, RUNS));

/** As a person types it, with little memory. */
const audit = (...args: string[]) =>
  new Promise<string>((done) => {
    const env = {
      PATH: process.env.PATH,
      LEDGER_URL: record.ledger.url,
      AWS_ENDPOINT_URL: record.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: record.rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: record.rootKey.secretAccessKey,
    };
    const options = ['--record', RECORD, '--anchors', ANCHORS, '--as-of', SEEDED_UNTIL.toISOString()];
    const words = [`--max-old-space-size=${HEAP}`, 'scripts/audit.ts', ...args, ...options];
    execFile(process.execPath, words, { env }, (_error, out, err) => done(`${out}${err}`));
  });

test('the audit is checked a few chains at a time, in a heap into which it does not fit whole', async () => {
  const world = { s3: record.s3, bucket: ANCHORS, pool: record.ledger.admin, signer: SIGNER };
  await anchorAll(world, SEEDED_UNTIL);
  expect(await audit('verify')).toMatch(
    /^EVERYTHING IS UNCHANGED; read 6668 chains with \d{6} entries, 1 anchor/,
  );
  // The export does read it whole.
  expect(await audit('export', 'nowhere')).toContain('heap out of memory');
});

test('no statement of a run, a check, a report or a person reads a growing table whole, or rows to throw away', async () => {
  expect(wasteful(await measure(record.ledger.responder, 1))).toEqual([]);
});

test('a statement that does is named, with its table', async () => {
  await record.ledger.admin.query(
    'drop index responder.run_incident, responder.lock_run, responder.audit_at',
  );
  const found = wasteful(await measure(record.ledger.responder, 1));
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^open reads responder\.run whole: select /),
      expect.stringMatching(/^anchor a moment reads responder\.audit whole: select /),
      expect.stringMatching(/^holds locks reads responder\.lock whole: select /),
    ]),
  );
});
