import * as z from 'zod';
import { parseFinding, runProbes, type ProbeContext } from '../../lambdas/engine/run-probes.ts';
import type { ReadTools } from '../../lambdas/platform/clients.ts';
import { defineProbe } from '../../lambdas/catalog/probes/definition.ts';
import { curFreshness } from '../../lambdas/catalog/playbooks/cur-freshness.ts';
import type { Probes } from '../../lambdas/catalog/playbooks/definition.ts';
import { evidenceHash, excerptOf } from '../../lambdas/record/evidence.ts';
import type { EvidenceRecord } from '../../lambdas/domain/run-record.ts';
import { auditLog, emitterLog, ingestionLog, signalsLog } from '../../lambdas/catalog/probes/error-logs.ts';
import { budgetLog } from '../../lambdas/catalog/probes/budget-log.ts';
import { paymentLog } from '../../lambdas/catalog/probes/payment-log.ts';
import { exampleSettings } from '../support/settings.ts';

const NOW = new Date('2026-11-23T14:00:00.000Z');
const moments: Date[] = [];

const probe = (name: string, look: () => number | Promise<number>) =>
  defineProbe<Record<string, string>, number>({
    name,
    question: `How many ${name}?`,
    queries: [`select ${name}`],
    permissions: () => [],
    value: z.number().max(100),
    async run({ now, target }) {
      moments.push(now);
      const value = await look();
      const evidence = {
        source: 'ledger',
        query: `count ${name}`,
        parameters: { target },
        rows: [{ value }],
      };
      return { value, evidence: [evidence, { ...evidence, query: 'again' }] };
    },
    describe: (value) => `${value} of them`,
  });

const fine = probe('apples', () => 3);
const broken = probe('pears', () => Promise.reject(new Error('AccessDenied on table pears')));
const absurd = probe('figs', () => 1_000);

const SEALED = { key: 'evidence/r/before.json', sha256: 'f'.repeat(64) };

async function look(probes: Probes<Record<string, string>>, tolerant: boolean, tools = {} as ReadTools) {
  const kept: [string, readonly EvidenceRecord[]][] = [];
  const probing: ProbeContext = {
    settings: exampleSettings(),
    tools,
    evidence: {
      keep: async (set, evidence) => {
        kept.push([set, evidence]);
        return SEALED;
      },
    },
  };
  const findings = await runProbes(
    probes,
    'before',
    { target: { period: '2026-11' }, now: NOW, tolerant },
    probing,
  );
  return { findings, kept };
}

test('all looks take the same moment for now, and each answer is kept under its key with its hash', async () => {
  moments.length = 0;
  const { findings, kept } = await look({ apples: fine, more: fine }, false);
  expect(moments).toEqual([NOW, NOW]);
  expect(findings).toMatchObject({
    at: NOW.toISOString(),
    finding: { apples: 3, more: 3 },
    failed: [],
    sealed: [SEALED],
    told: [{ probe: 'apples', question: 'How many apples?', tell: '3 of them' }, { probe: 'apples' }],
  });
  const [[set, evidence] = ['', []]] = kept;
  expect([set, evidence.map(({ key }) => key)]).toEqual([
    'before',
    ['before/apples/1', 'before/apples/2', 'before/apples/1', 'before/apples/2'],
  ]);
  expect(findings.evidence[0]).toEqual({ key: 'before/apples/1', sha256: evidence[0]?.sha256 });
  expect(evidence[0]).toMatchObject({
    query: 'count apples',
    parameters: { target: { period: '2026-11' } },
    rowCount: 1,
  });
});

test('a look that fails is tried again as a whole: its error is thrown, and nothing is kept', async () => {
  await expect(look({ apples: fine, pears: broken }, false)).rejects.toThrow('AccessDenied on table pears');
});

test('at last it is told which look failed, beside what the others found', async () => {
  const { findings, kept } = await look({ apples: fine, pears: broken }, true);
  expect(findings.finding).toEqual({ apples: 3 });
  expect(findings.failed).toEqual(['pears: AccessDenied']);
  expect(findings.told[1]).toMatchObject({ probe: 'pears', tell: 'pears: AccessDenied' });
  // The text itself is not told: it may quote what nobody outside should read.
  expect(kept[0]?.[1]).toHaveLength(3);
  expect(kept[0]?.[1][2]).toMatchObject({
    key: 'before/pears/1',
    query: 'select pears',
    rows: [{ error: 'Error: AccessDenied on table pears' }],
  });
});

test('a value that is not what the probe promises is a failed look', async () => {
  await expect(look({ figs: absurd }, false)).rejects.toThrow(/<=100/);
  expect((await look({ figs: absurd }, true)).findings.failed).toEqual([expect.stringMatching(/^figs: /)]);
});

test('a kept finding that is missing an answer is not decided on', () => {
  expect(() => parseFinding(curFreshness, { period: 'open' })).toThrow();
  expect(() => parseFinding(curFreshness, undefined)).toThrow();
});

describe('the hash of evidence', () => {
  const evidence = {
    source: 'ledger',
    query: 'select 1',
    parameters: { $1: 'a', $2: 'b' },
    rows: [{ x: 1, y: [1, 2] }, { x: 2 }],
  };

  test('is over source, query, parameters and every row', () => {
    const hash = evidenceHash(evidence);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const others = [
      { ...evidence, source: 'athena' },
      { ...evidence, query: 'select  1' },
      { ...evidence, parameters: { $1: 'b', $2: 'a' } },
      { ...evidence, rows: evidence.rows.toReversed() },
      { ...evidence, rows: [...evidence.rows, { x: 3 }] },
    ];
    for (const other of others) expect(evidenceHash(other)).not.toBe(hash);
  });

  test('can be checked from what jsonb gives back, which keeps no order of keys', () => {
    const reordered = {
      ...evidence,
      parameters: { $2: 'b', $1: 'a' },
      rows: [{ y: [1, 2], x: 1 }, { x: 2 }],
    };
    expect(evidenceHash(reordered)).toBe(evidenceHash(evidence));
  });

  test('stays that of all rows when the ledger shows only the first', () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({ i }));
    const all = { ...evidence, rows };
    const record = {
      ...all,
      key: 'k',
      probe: 'p',
      rowCount: rows.length,
      sha256: evidenceHash(all),
      takenAt: '',
    };
    const excerpt = excerptOf(record);
    expect([excerpt.rows.length, excerpt.rowCount, excerpt.sha256]).toEqual([100, 500, record.sha256]);
    const long = excerptOf({
      ...record,
      rows: [{ text: 'x'.repeat(150_000) }, { text: 'y'.repeat(150_000) }],
    });
    expect(long.rows).toHaveLength(1);
  });
});

/** What a function of Commercial-Ops may write into its log. */
const SPILLED =
  'ERROR cannot book: postgres://app:S3cretPw9@db:5432/x, IBAN DE89370400440532013000, payer_name=Jane Q Public, Authorization: Bearer tok_a1b2c3d4e5f6';
const SECRETS = ['S3cretPw9', 'DE89370400440532013000', 'Jane', 'Public', 'tok_a1b2c3d4e5f6'];

test('secrets and persons in log lines are removed before anything is hashed or kept', async () => {
  const event = { message: SPILLED, timestamp: NOW.getTime(), logStreamName: 'stream-1', eventId: 'e-1' };
  const pages = async function* () {
    // The newest first.
    yield { events: [event, { message: 'START', timestamp: NOW.getTime() }] };
  };
  const tools = {
    logs: async () => ({ paginateFilterLogEvents: pages }),
  } as unknown as ReadTools;
  const probes = { auditLog, budgetLog, emitterLog, ingestionLog, paymentLog, signalsLog };
  const { findings, kept } = await look(probes, false, tools);
  const evidence = kept.flatMap(([, records]) => records);
  expect(evidence).toHaveLength(6);
  for (const secret of SECRETS) expect(JSON.stringify([findings, kept])).not.toContain(secret);
  for (const record of evidence) {
    expect(record.rows).toEqual([
      'START',
      {
        line: 'ERROR cannot book: postgres://[removed: login]db:5432/x, IBAN [removed: iban], payer_name=[removed: personal], Authorization: Bearer [removed: token]',
        removed: { login: 1, iban: 1, personal: 1, token: 1 },
        logStream: 'stream-1',
        eventId: 'e-1',
        at: NOW.toISOString(),
      },
    ]);
    expect(record.sha256).toBe(evidenceHash(record));
  }
});

test('so are they in rows and errors of any other probe', async () => {
  const rows = probe('rows', () => 1);
  const spilling = {
    ...rows,
    run: async () => ({
      value: 1,
      evidence: [{ source: 'ledger', query: 'q', parameters: {}, rows: [{ error: SPILLED }] }],
    }),
  };
  const throwing = probe('errors', () => Promise.reject(new Error(SPILLED)));
  const { findings, kept } = await look({ spilling, throwing }, true);
  for (const secret of SECRETS) expect(JSON.stringify([findings, kept])).not.toContain(secret);
});

test('an answer that cannot be told, or kept, is none', async () => {
  const untold: typeof fine = {
    ...fine,
    describe: () => {
      throw new TypeError('no figures');
    },
  };
  const unkept: typeof fine = {
    ...fine,
    run: async () => ({
      value: 3,
      evidence: [{ source: 'glue', query: 'q', parameters: {}, rows: 'none' as never }],
    }),
  };
  const { findings } = await look({ apples: fine, untold, unkept }, true);
  expect(findings.finding).toEqual({ apples: 3 });
  expect(findings.failed).toHaveLength(2);
});
