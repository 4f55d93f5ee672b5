import * as fc from 'fast-check';
import { planHash, type Decision } from '../../../lambdas/domain/decision.ts';
import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import type { Doubt } from '../../../lambdas/catalog/probes/ingestion-permissions.ts';
import { isUnfinished } from '../../../lambdas/catalog/probes/ingestion-runs.ts';
import { decidesSoundly } from './properties.ts';

/** Two stale copies of an old delivery, a complete new one, an idle job that may do all it needs. */
const stale = {
  period: 'open',
  delivery: {
    prefix: 's3://cur-bucket/cur-prefix/2026-11/',
    objects: 4,
    bytes: 9_000_000,
    newest: '2026-11-22T06:00:00.000Z',
    writtenAt: '2026-11-22T06:00:00.000Z',
    unreadable: null as string | null,
    manifest: true,
    missingCount: 0,
    writing: null as { since: string; stuck: boolean } | null,
    id: null as string | null,
    missing: [] as string[],
    digest: 'new',
  },
  athena: { newest: '2026-11-18T12:00:00.000Z', days: 3.1, digest: 'old' },
  ledger: { newest: '2026-11-18T12:00:00.000Z', days: 3.1, digest: 'old' },
  log: { exists: true, lines: 3, last: null, errors: 0, accessDenied: 0, newest: null as string | null },
  runs: [] as unknown[],
  permissions: [] as Doubt[],
  /** Months that are not loaded, as well as the target. */
  others: [] as string[],
  differences: [] as string[],
  older: null as string | null,
};
type Finding = typeof stale;

const NOW = new Date('2026-11-22T14:24:00Z');

/** Both copies of a month hold the delivery, or an old one. */
const monthOf = (period: string, digest: string, of = stale.delivery) => {
  const held = { lines: 9, usd: '10.5', newest: '2026-10-31T23:00:00.000Z', digest };
  return {
    period,
    delivery: of,
    athena: held,
    ledger: held,
    differences: [] as string[],
    older: null as string | null,
  };
};

/** What the probes find: the target's month as its two copies are, and the others. */
function found({ others, differences, older, ...finding }: Finding, period = '2026-11') {
  const { athena, ledger, delivery } = finding;
  const held = ({ days, digest }: Finding['athena']) => ({
    lines: days === null ? 0 : 9,
    usd: '10.5',
    newest: days === null ? null : new Date(NOW.getTime() - days * 86_400_000).toISOString(),
    digest,
  });
  const mine = { period, delivery, athena: held(athena), ledger: held(ledger), differences, older };
  return { ...finding, months: [...others.map((other) => monthOf(other, 'old')), mine] };
}

const run = (
  state: string,
  minutes: number,
  error: string | null = null,
  period: string | null = '2026-11',
  startedAt = '2026-11-21T04:00:00.000Z',
) => ({
  id: 'jr_1',
  state,
  period,
  startedAt,
  minutes,
  error,
});

const doubt = (verdict: Doubt['verdict']): Doubt => ({
  permission: 's3:GetObject on arn:aws:s3:::cur-bucket/*',
  verdict,
  because: 'implicitDeny',
});

function decide(change: Partial<Finding>): Decision {
  const context = { target: { period: '2026-11' }, now: NOW };
  return curFreshness.decide(found({ ...stale, ...change }), context);
}

const load = (period: string) => ({ action: 'start-ingestion', params: { period } });
const start = [load('2026-11')];
const wait = [{ action: 'await-ingestion', params: { jobRunId: 'jr_1' } }];
const fresh = { ...stale.athena, days: 1.2, digest: 'new' };
const PARTIAL = ['incomplete-delivery', '2026-11 is not delivered'];

describe('what a decision of cur-freshness is about', () => {
  const concerns = (change: Partial<Finding>) =>
    curFreshness.concerns?.(found({ ...stale, ...change }), decide(change));
  const delivery = (change: Partial<Finding['delivery']>) => ({ delivery: { ...stale.delivery, ...change } });

  test.each([
    ['a load of a delivery', {}, ['start-ingestion period=2026-11 new']],
    ['a wait', { runs: [run('RUNNING', 12)] }, ['await-ingestion jobRunId=jr_1 ']],
    ['nothing', { athena: fresh, ledger: fresh }, []],
    ['a file that is missing', delivery({ missingCount: 1, missing: ['x'] }), PARTIAL],
    ['empty files', delivery({ bytes: 0 }), ['not-delivered', '2026-11 is not delivered']],
    ['no manifest', delivery({ manifest: false }), PARTIAL],
    [
      'a load, and another month for people',
      { others: ['2026-10'], ...delivery({ missingCount: 1, missing: ['x'] }) },
      ['start-ingestion period=2026-10 new', 'not-loaded', '2026-11 is not delivered'],
    ],
  ] as [string, Partial<Finding>, unknown][])('%s', (_what, change, wanted) => {
    expect(concerns(change)).toEqual(wanted);
  });
});

describe('cur-freshness decides', () => {
  const table: [
    string,
    Partial<Finding>,
    { kind: string; why: RegExp; severity?: string; plan?: unknown },
  ][] = [
    [
      'stale, delivered, idle: loads the period',
      {},
      { kind: 'act', why: /complete but not in Athena \(3\.1 days\) and the ledger/, plan: start },
    ],
    [
      'a closing period is loaded too',
      { period: 'closing' },
      {
        kind: 'act',
        why: /^the delivery is complete but not in Athena \(3\.1 days\) and the ledger \(3\.1 days\)$/,
        plan: start,
      },
    ],
    [
      'a closed period: never',
      { period: 'closed' },
      { kind: 'escalate', why: /2026-11 is closed/, severity: 'SEV-3' },
    ],
    [
      'a period the ledger does not know',
      { period: 'unknown' },
      { kind: 'escalate', why: /does not know the state/ },
    ],
    [
      'both copies fresh: nothing to do',
      { athena: fresh, ledger: fresh },
      { kind: 'leave', why: /fresh: Athena 1.2 days/ },
    ],
    [
      'exactly on the limit is fresh',
      { athena: { ...fresh, days: 2 }, ledger: fresh },
      { kind: 'leave', why: /^both copies are fresh: Athena 2 days, ledger 1\.2 days \(limit 2 days\)$/ },
    ],
    [
      'Athena alone stale',
      { ledger: fresh },
      { kind: 'act', why: /not in Athena \(3\.1 days\)$/, plan: start },
    ],
    [
      'the ledger alone stale',
      { athena: fresh },
      { kind: 'act', why: /not in the ledger \(3\.1 days\)$/, plan: start },
    ],
    [
      'an empty copy is stale beyond critical',
      { athena: { ...fresh, newest: null as never, days: null as never, digest: null as never } },
      { kind: 'act', why: /Athena \(empty\)/, plan: start },
    ],
    [
      'over 4 days is SEV-2',
      { period: 'closed', athena: { ...fresh, days: 4.01 } },
      { kind: 'escalate', why: /closed/, severity: 'SEV-2' },
    ],
    [
      'partition missing',
      { delivery: { ...stale.delivery, objects: 0, bytes: 0, manifest: false } },
      { kind: 'escalate', why: /delivered nothing for 2026-11.*0 files, 0 bytes/ },
    ],
    [
      'partition of empty files',
      { delivery: { ...stale.delivery, bytes: 0 } },
      { kind: 'escalate', why: /4 files, 0 bytes/ },
    ],
    [
      'no manifest',
      { delivery: { ...stale.delivery, manifest: false } },
      { kind: 'escalate', why: /has no manifest/ },
    ],
    [
      'a file of the manifest missing',
      { delivery: { ...stale.delivery, missingCount: 1, missing: ['part-3.parquet'] } },
      { kind: 'escalate', why: /is missing part-3\.parquet/ },
    ],
    [
      'a run in progress: waits for it',
      { runs: [run('RUNNING', 12)] },
      { kind: 'act', why: /in progress for 12 min/, plan: wait },
    ],
    [
      'a starting run counts as in progress',
      { runs: [run('STARTING', 0)] },
      { kind: 'act', why: /in progress/, plan: wait },
    ],
    [
      "another month's run: waits for it, then loads its own",
      { runs: [run('RUNNING', 12, null, '2026-10')] },
      { kind: 'act', why: /ingestion of 2026-10 .*then load 2026-11$/, plan: [...wait, ...start] },
    ],
    [
      'a run whose month is unknown counts as the target’s',
      { runs: [run('RUNNING', 12, null, null)] },
      { kind: 'act', why: /^an ingestion has been in progress for 12 min[a-z]*: wait for it$/, plan: wait },
    ],
    [
      'an older delivery while a run is in progress: waits for it, and asks nobody yet',
      { older: 'it was assembled before what is loaded', runs: [run('RUNNING', 12)] },
      { kind: 'act', why: /in progress/, plan: wait },
    ],
    [
      'exactly 30 min is not hung',
      { runs: [run('RUNNING', 30)] },
      { kind: 'act', why: /in progress/, plan: wait },
    ],
    [
      'a run over 30 min hangs',
      { runs: [run('RUNNING', 31)] },
      { kind: 'escalate', why: /jr_1 hangs: RUNNING for 31 minutes, limit 30/ },
    ],
    [
      'failed by AccessDenied, permission still missing',
      {
        runs: [run('FAILED', 1, 'AccessDenied')],
        permissions: [doubt('unknown')],
      },
      {
        kind: 'escalate',
        why: /role is missing s3:GetObject on arn:aws:s3:::cur-bucket\/\* \(implicitDeny\)/,
      },
    ],
    [
      'a permission that is missing, and a job that has not run for days',
      {
        permissions: [doubt('missing')],
        runs: [run('SUCCEEDED', 6, null, '2026-11', '2026-11-20T04:00:00.000Z')],
      },
      { kind: 'escalate', why: /role is missing s3:GetObject on/ },
    ],
    [
      'a simulation that cannot tell, and a log of this hour that says AccessDenied',
      { permissions: [doubt('unknown')], log: { ...stale.log, accessDenied: 1 } },
      { kind: 'escalate', why: /role is missing s3:GetObject on/ },
    ],
    [
      'a simulation that cannot tell, and a job that failed otherwise',
      { permissions: [doubt('unknown')], runs: [run('FAILED', 1, 'out of memory')] },
      { kind: 'act', why: /out of memory/, plan: start },
    ],
    [
      'a simulation that cannot tell, of a job that was denied access, and has succeeded since',
      {
        permissions: [doubt('unknown')],
        runs: [run('SUCCEEDED', 6), run('FAILED', 1, 'AccessDenied')],
        log: { ...stale.log, accessDenied: 2 },
      },
      { kind: 'act', why: /complete but not in/, plan: start },
    ],
    [
      'a simulation that says missing, of a job that succeeded last night',
      {
        permissions: [doubt('missing')],
        runs: [run('SUCCEEDED', 6, null, '2026-11', '2026-11-22T04:00:00.000Z')],
      },
      { kind: 'act', why: /complete but not in/, plan: start },
    ],
    [
      'failed by AccessDenied, permission back',
      { runs: [run('FAILED', 1, 'AccessDenied')], log: { ...stale.log, accessDenied: 2 } },
      { kind: 'act', why: /last ingestion failed \(AccessDenied\).*2 AccessDenied are history/, plan: start },
    ],
    [
      'failed otherwise',
      { runs: [run('FAILED', 1, 'out of memory')] },
      { kind: 'act', why: /out of memory/, plan: start },
    ],
    [
      'a failure without a message or a period',
      { runs: [run('FAILED', 1, null, null)] },
      { kind: 'act', why: /no message/, plan: start },
    ],
    [
      "another period's failure says nothing of this one",
      { runs: [run('FAILED', 1, 'x', '2026-10')] },
      { kind: 'act', why: /complete but not in/, plan: start },
    ],
    [
      'the delivery itself is old',
      { athena: { ...stale.athena, digest: 'new' }, ledger: { ...stale.ledger, digest: 'new' } },
      { kind: 'escalate', why: /AWS delivers late/ },
    ],
    [
      'only one copy holds the new delivery',
      { athena: { ...stale.athena, digest: 'new' } },
      { kind: 'act', why: /^the delivery is complete but not in the ledger \(3\.1 days\)$/, plan: start },
    ],
    [
      'the month before is not loaded either: loads it first',
      { others: ['2026-10'] },
      {
        kind: 'act',
        why: /not in Athena .*; the delivery of 2026-10 is not loaded either$/,
        plan: [load('2026-10'), ...start],
      },
    ],
    [
      'the month itself is loaded, the next one is not: loads that',
      {
        athena: { ...stale.athena, digest: 'new' },
        ledger: { ...stale.ledger, digest: 'new' },
        others: ['2026-12'],
      },
      {
        kind: 'act',
        why: /^the newest delivery of 2026-11 is old itself; the delivery of 2026-12 is not loaded either$/,
        plan: [load('2026-12')],
      },
    ],
    [
      'what is fresh is not loaded for the sake of another month, and that other one is',
      { athena: fresh, ledger: fresh, others: ['2026-10'] },
      {
        kind: 'act',
        why: /^2026-11 is as it should be; the delivery of 2026-10 is not loaded either$/,
        plan: [load('2026-10')],
      },
    ],
    [
      'two months are stale: both, the earlier first, whichever is the target',
      { others: ['2026-09', '2026-10'] },
      {
        kind: 'act',
        why: /the delivery of 2026-09 and 2026-10 is not loaded either$/,
        plan: ['2026-09', '2026-10', '2026-11'].map(load),
      },
    ],
    [
      'a manifest of nothing is no delivery, and the reason says so',
      { delivery: { ...stale.delivery, manifest: false, unreadable: 'its manifest s3://x/y is empty' } },
      {
        kind: 'escalate',
        why: /no report for 2026-11 that can be read: its manifest s3:\/\/x\/y is empty\. Nothing/,
      },
    ],
    [
      'an older delivery never replaces a newer one',
      { older: 'it was written then' },
      {
        kind: 'escalate',
        why: /^the delivery of 2026-11 is older than what is loaded \(it was written then\)/,
      },
    ],
    [
      'a report that AWS is writing: waits for its end, and loads it then',
      { delivery: { ...stale.delivery, writing: { since: '2026-11-22T14:00:00.000Z', stuck: false } } },
      {
        kind: 'act',
        why: /^AWS has been writing it since 22 Nov 2026 14:00 UTC \(2026-11\): wait for its end, then load 2026-11$/,
        plan: [{ action: 'await-delivery', params: { period: '2026-11' } }, ...start],
      },
    ],
    [
      'a report that AWS has stopped writing half-way is incomplete',
      { delivery: { ...stale.delivery, writing: { since: '2026-11-22T04:00:00.000Z', stuck: true } } },
      {
        kind: 'escalate',
        why: /is half written: AWS began to write it again 22 Nov 2026 04:00 UTC and has not finished$/,
      },
    ],
    [
      'AWS’s own name of the delivery tells as well as its manifest’s hash what is loaded',
      {
        delivery: { ...stale.delivery, id: 'assembly' },
        athena: { ...stale.athena, digest: 'assembly' },
        ledger: { ...stale.ledger, digest: 'assembly' },
      },
      { kind: 'escalate', why: /AWS delivers late/ },
    ],
    [
      'a running load is waited for, and the other month is loaded then',
      { runs: [run('RUNNING', 12)], others: ['2026-10'] },
      { kind: 'act', why: /wait for it, then load 2026-10$/, plan: [...wait, load('2026-10')] },
    ],
  ];

  test('a second over the limit is over the limit', () => {
    const copy = { ...fresh, days: 2 + 1 / 86_400, digest: 'old' };
    expect(decide({ athena: copy, ledger: copy })).toMatchObject({ kind: 'act', plan: start });
  });

  test('of an earlier month the newest usage says nothing: its delivery must be in both copies', () => {
    const october = { target: { period: '2026-10' }, now: new Date('2026-11-22T14:24:00Z') };
    const of = (change: Partial<Finding>) =>
      curFreshness.decide(found({ ...stale, athena: fresh, ledger: fresh, ...change }, '2026-10'), october);
    expect(of({}).kind).toBe('leave');
    expect(of({ ledger: { ...fresh, digest: 'old' } })).toMatchObject({
      kind: 'act',
      why: 'the delivery is complete but not in the ledger',
    });
    expect(of({ ledger: { ...fresh, digest: 'old' }, period: 'closed' }).kind).toBe('escalate');
  });

  test('an earlier month is judged by its own delivery, though the running one is stale', () => {
    const october = { target: { period: '2026-10' }, now: new Date('2026-11-22T14:24:00Z') };
    const loaded = { ...stale.athena, digest: 'new' };
    const of = (ledger: Finding['ledger']) => found({ ...stale, athena: loaded, ledger }, '2026-10');
    expect(curFreshness.decide(of(loaded), october)).toMatchObject({
      kind: 'leave',
      why: 'both copies are fresh: the newest delivery of 2026-10: Athena loaded, ledger loaded',
    });
    for (const proof of [curFreshness.recovery, curFreshness.asCause!])
      expect(proof.check(of(stale.ledger), october)).toEqual({
        healthy: false,
        summary: 'the newest delivery of 2026-10: Athena loaded, ledger not loaded',
      });
  });

  test('a copy that is older than the other one of the same delivery is loaded again', () => {
    expect(decide({ athena: fresh, ledger: { ...stale.ledger, digest: 'new' } })).toMatchObject({
      kind: 'act',
      why: 'the delivery is complete but not in the ledger (3.1 days)',
    });
  });

  test('of many missing files it names three and counts the rest', () => {
    const missing = Array.from({ length: 20 }, (_, i) => `part-${i}`);
    expect(decide({ delivery: { ...stale.delivery, missing, missingCount: 900 } }).why).toMatch(
      /is missing part-0, part-1, part-2 and 897 more$/,
    );
  });

  test.each(table)('%s', (_name, change, expected) => {
    const decision = decide(change);
    expect(decision.kind).toBe(expected.kind);
    expect(decision.why).toMatch(expected.why);
    if (expected.severity) expect(decision).toMatchObject({ severity: expected.severity });
    expect('plan' in decision ? decision.plan : undefined).toEqual(expected.plan);
  });
});

describe('a repair of cur-freshness is proven', () => {
  const context = { target: { period: '2026-11' }, now: new Date('2026-11-22T14:24:00Z') };
  const holds = (athena: object, ledger: object, change: Partial<Finding> = {}) =>
    curFreshness.recovery.check(
      found({
        ...stale,
        athena: athena as Finding['athena'],
        ledger: ledger as Finding['ledger'],
        ...change,
      }),
      context,
    );

  test('only when both copies are fresh', () => {
    expect(holds(fresh, fresh)).toEqual({
      healthy: true,
      summary: 'Athena 1.2 days, ledger 1.2 days (limit 2 days)',
    });
    expect(holds(fresh, stale.ledger).healthy).toBe(false);
    expect(holds(stale.athena, fresh).healthy).toBe(false);
    expect(holds({ ...fresh, days: null }, fresh).healthy).toBe(false);
  });

  test('only when each earlier month that is not closed holds its newest delivery', () => {
    expect(holds(fresh, fresh, { others: ['2026-10'] })).toEqual({
      healthy: false,
      summary:
        'Athena 1.2 days, ledger 1.2 days (limit 2 days); the newest delivery of 2026-10 is not in Athena and the ledger',
    });
  });

  test('only when the copies agree', () => {
    expect(holds(fresh, fresh, { differences: ['AmazonEC2 (Usage): 2 lines in Athena'] })).toEqual({
      healthy: false,
      summary:
        'Athena 1.2 days, ledger 1.2 days (limit 2 days); the copies of 2026-11 differ: AmazonEC2 (Usage): 2 lines in Athena',
    });
  });
});

describe('the target of a cur-freshness alarm', () => {
  const targetOf = (changedAt: string) =>
    curFreshness.targetOf({ name: 'cur-freshness', changedAt: new Date(changedAt) });

  test('is the month in which the line lies that the objective asks for', () => {
    expect(targetOf('2026-11-23T14:00:00Z')).toEqual({ period: '2026-11' });
    expect(targetOf('2026-12-01T12:00:00Z')).toEqual({ period: '2026-11' });
    expect(targetOf('2026-12-02T23:59:59Z')).toEqual({ period: '2026-11' });
    expect(targetOf('2026-12-03T00:00:00Z')).toEqual({ period: '2026-12' });
    expect(targetOf('2027-01-01T00:00:00Z')).toEqual({ period: '2026-12' });
  });
});

test('a plan has one hash, however its parameters are ordered', () => {
  const a = [{ action: 'x', params: { a: '1', b: '2' } }];
  const b = [{ action: 'x', params: { b: '2', a: '1' } }];
  expect(planHash(a)).toBe(planHash(b));
  expect(planHash(a)).not.toBe(planHash([{ action: 'x', params: { a: '1', b: '3' } }]));
});

const day = (days: number) => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const delivery = fc.record({
  prefix: fc.constant(stale.delivery.prefix),
  objects: fc.nat(3),
  bytes: fc.nat(2),
  newest: fc.constant(null),
  writtenAt: fc.constant(null),
  unreadable: fc.option(fc.constant('its manifest is empty')),
  manifest: fc.boolean(),
  missingCount: fc.nat(5),
  missing: fc.array(fc.constantFrom('part-1', 'part-2'), { maxLength: 5 }),
  writing: fc.option(fc.record({ since: fc.constant(day(0.1)), stuck: fc.boolean() })),
  id: fc.option(fc.constantFrom('new', 'assembly')),
  digest: fc.option(fc.constantFrom('new', 'old')),
});
const copy = fc.record({
  newest: fc.constant(null),
  days: fc.option(fc.double({ min: -40, max: 400, noNaN: true })),
  digest: fc.option(fc.constantFrom('new', 'old', 'assembly')),
});
const held = fc.record({
  lines: fc.nat(3),
  usd: fc.constant('1'),
  newest: fc.option(fc.integer({ min: 0, max: 60 }).map(day)),
  digest: fc.option(fc.constantFrom('new', 'old', 'assembly')),
});
const months = fc.subarray(['2026-09', '2026-10', '2026-11', '2026-12']).chain((periods) =>
  fc.tuple(
    ...periods.map((period) =>
      fc.record({
        period: fc.constant(period),
        delivery,
        athena: held,
        ledger: held,
        differences: fc.subarray(['AmazonEC2: 2 lines in Athena, 1 line in the ledger']),
        older: fc.option(fc.constant('it was written before')),
      }),
    ),
  ),
);
const isBeingWritten = ({ writing, unreadable }: Delivered): boolean =>
  writing !== null && !writing.stuck && unreadable === null;
const isSound = (of: Delivered): boolean =>
  of.objects > 0 &&
  of.bytes > 0 &&
  of.manifest &&
  of.missingCount === 0 &&
  of.unreadable === null &&
  of.writing === null;
type Delivered = Omit<Finding['delivery'], 'newest' | 'writtenAt' | 'digest'>;

decidesSoundly(curFreshness, {
  finding: fc.record({
    period: fc.constantFrom('open', 'closing', 'closed', 'unknown'),
    delivery,
    athena: copy,
    ledger: copy,
    log: fc.record({
      exists: fc.boolean(),
      lines: fc.nat(9),
      last: fc.constant(null),
      errors: fc.nat(9),
      accessDenied: fc.nat(9),
      newest: fc.constant(null),
    }),
    runs: fc.array(
      fc.record({
        id: fc.constantFrom('jr_1', 'jr_2'),
        state: fc.constantFrom('RUNNING', 'STARTING', 'SUCCEEDED', 'FAILED', 'TIMEOUT'),
        period: fc.option(fc.constantFrom('2026-10', '2026-11')),
        startedAt: fc.constant(day(1)),
        minutes: fc.nat(90),
        error: fc.option(fc.constantFrom('AccessDenied', 'out of memory')),
      }),
      { maxLength: 3 },
    ),
    permissions: fc.array(fc.constantFrom(doubt('missing'), doubt('unknown')), { maxLength: 2 }),
    months,
  }),
  target: { period: '2026-11' },
  now: NOW,
  mayNotAct: ({ period, delivery, months, permissions, runs }) =>
    period === 'closed' ||
    period === 'unknown' ||
    // Nothing shows that the job may.
    (permissions.some(({ verdict }) => verdict === 'missing') && runs.length === 0) ||
    // Both say it.
    (permissions.length > 0 && runs[0]?.state === 'FAILED' && runs[0].error === 'AccessDenied') ||
    // No month has a delivery that may be loaded, and there is no run to wait for.
    (!runs.some(isUnfinished) &&
      months.every((one) => {
        const of = one.period === '2026-11' ? delivery : one.delivery;
        return !isBeingWritten(of) && (!isSound(of) || one.older !== null);
      })),
});

describe('any finding about the months that are not closed', () => {
  const context = { target: { period: '2026-11' }, now: NOW };
  const anything = fc.record({ athena: copy, ledger: copy, months });

  test('nothing is healthy while copies differ, or an earlier month is not loaded, or one is empty or old', () => {
    fc.assert(
      fc.property(anything, (found) => {
        if (!curFreshness.recovery.check(found, context).healthy) return;
        for (const { period, differences, delivery, athena, ledger } of found.months) {
          expect(differences).toEqual([]);
          const isGone = delivery.objects === 0 && !delivery.manifest;
          if (period < '2026-11' && !isGone)
            for (const { digest } of [athena, ledger])
              expect([delivery.digest, delivery.id].filter((name) => name !== null)).toContain(digest);
          if (period === '2026-11')
            for (const { days } of [found.athena, found.ledger])
              expect(days ?? Infinity).toBeLessThanOrEqual(2);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('a decision names each month that needs something: it is loaded, or a person reads of it', () => {
    const rest = { period: 'open', log: stale.log, runs: [], permissions: [] };
    fc.assert(
      fc.property(anything, (found) => {
        const mine = found.months.find(({ period }) => period === '2026-11');
        const delivery = mine?.delivery ?? stale.delivery;
        const decision = curFreshness.decide({ ...rest, ...found, delivery }, context);
        const { healthy } = curFreshness.recovery.check(found, context);
        expect(decision.kind === 'leave').toBe(healthy);
        const said = JSON.stringify(decision);
        for (const { period, differences } of found.months)
          if (differences.length > 0) expect(said).toContain(period);
        const plan = decision.kind === 'act' ? decision.plan.map(({ params }) => params['period']) : [];
        expect(plan).toEqual([...plan].sort());
        const steps = decision.kind === 'act' ? decision.plan.map(({ action }) => action) : [];
        for (const month of found.months.filter(({ period }) => plan.includes(period))) {
          // What AWS is writing is waited for, and loaded then; nothing else is.
          const ours = steps.filter((_, i) => plan[i] === month.period);
          expect(ours).toEqual(
            isBeingWritten(month.delivery) ? ['await-delivery', 'start-ingestion'] : ['start-ingestion'],
          );
          if (!isBeingWritten(month.delivery))
            expect({ sound: isSound(month.delivery), older: month.older }).toEqual({
              sound: true,
              older: null,
            });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
