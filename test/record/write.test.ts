import { excerptOf, keepEvidence, ROWS_KEPT } from '../../lambdas/record/evidence.ts';
import type { RunEnding } from '../../lambdas/domain/run-record.ts';
import { createRecordReader } from '../../lambdas/record/read.ts';
import { type Intent } from '../../lambdas/record/claim.ts';
import { standingOf } from '../../lambdas/record/standing.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { bootLedger } from '../support/ledger.ts';
import { having, matching } from '../../emulator/test/support/matching.ts';
import { alarm, claim, ending, intent, minute, opening } from '../support/runs.ts';

const ledger = bootLedger();
beforeEach(() => ledger.admin.query('truncate responder.run, responder.incident, audit_event cascade'));

const evidence = [
  keepEvidence(
    'before/x/1',
    'x',
    { source: 'ledger', query: 'select 1', parameters: {}, rows: [{ a: 1 }] },
    new Date(0),
  ),
];
const by = (run: string, change: Partial<Intent> = {}): Intent =>
  intent(opening(run), minute(1), { evidence, ...change });
const claimBy = (run: string, change: Partial<Intent> = {}) => claim(ledger.responder, run, by(run, change));

const ended = (outcome: RunEnding['outcome'], change: Partial<RunEnding> = {}): RunEnding =>
  ending(outcome, minute(30), {
    steps: [{ name: 'diagnose', startedAt: minute(1), endedAt: minute(1), tell: 'looked', detail: { n: 1 } }],
    guards: [
      { slot: 'before-acting', guard: 'lock', answer: 'allow', figures: 'fence 1', checkedAt: minute(1) },
    ],
    ...change,
  });

test('what is on record is not overwritten by the same request in another execution', async () => {
  await openRun(ledger.responder, opening('a'));
  await endRun(ledger.responder, opening('a'), ended('resolved'), []);
  const redriven = { ...opening('a'), executionArn: 'arn:another' };
  await endRun(ledger.responder, redriven, ended('refused'), []);
  await expect(createRecordReader(ledger.responder).status('a')).resolves.toMatchObject({
    outcome: 'resolved',
  });
});

test.each([
  ['keeps the moment at which it was true', 'resolved', minute(30)],
  ['of another outcome has its own moment', 'inconclusive', minute(35)],
] as const)('an end that is written again, as after a crash, %s', async (_what, again, at) => {
  await openRun(ledger.responder, opening('a'));
  await endRun(ledger.responder, opening('a'), ended('resolved'), []);
  await endRun(ledger.responder, opening('a'), ended(again, { endedAt: minute(35) }), []);
  const { rows } = await ledger.admin.query<{ at: Date }>('select ended_at as at from responder.run');
  expect(rows).toEqual([{ at: new Date(at) }]);
});

test.each([
  ['gives back its claim when nothing began', true, { fence: null, claimed: false }],
  [
    'keeps it when something may have begun',
    undefined,
    { fence: expect.any(String) as string, claimed: true },
  ],
] as const)('a run that failed %s', async (_what, nothingBegan, held) => {
  await openRun(ledger.responder, opening('a'));
  await claimBy('a');
  await endRun(ledger.responder, opening('a'), ended('failed', nothingBegan ? { nothingBegan } : {}), []);
  const { rows } = await ledger.admin.query(
    'select fence::text, claimed_at is not null as claimed from responder.run',
  );
  expect(rows).toEqual([held]);
  const { lastPlan, inARow, begun } = await standingOf(ledger.responder, {
    run: 'b',
    playbook: 'cur-freshness',
    targetKey: 'period=2026-11',
    now: minute(31),
  });
  expect([lastPlan?.run, inARow, begun.target.day.count]).toEqual(
    nothingBegan ? [undefined, 0, 0] : ['a', 1, 1],
  );
});

/** What the opener learns: whose people are to be called. */
const anIncident = { number: expect.any(Number) as number, severity: 'SEV-3' as const, episode: 1 };
const anEpisode: unknown = expect.objectContaining({ episode: 1, severity: 'SEV-3' });
/** It holds itself to no limit yet. */
const asNew: unknown = expect.objectContaining({ inARow: 0, lastPlan: undefined, trust: undefined });

const count = async (table: string): Promise<number> =>
  (await ledger.admin.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n ?? 0;

test('later runs on the same target join the incident that the first one opened', async () => {
  const first = await openRun(ledger.responder, opening('a'));
  const second = await openRun(ledger.responder, opening('b', 1));
  expect(first).toEqual({
    incident: 'INC-a',
    otherRun: undefined,
    causeAttended: true,
    known: anIncident,
    wakes: false,
    episode: anEpisode,
    standing: asNew,
  });
  expect(second).toEqual({
    incident: 'INC-a',
    otherRun: { run: 'a', ended: false },
    causeAttended: true,
    known: anIncident,
    wakes: true,
    standing: asNew,
  });
  // Who came first never yields to who came later: two that see each other would both give way.
  await expect(openRun(ledger.responder, opening('a'))).resolves.toEqual({
    incident: 'INC-a',
    otherRun: undefined,
    causeAttended: true,
    known: anIncident,
    wakes: false,
    episode: anEpisode,
    standing: asNew,
  });
});

test('a rehearsal opens no incident and stands in nobody’s way', async () => {
  await openRun(ledger.responder, opening('dry', 0, { mode: 'dry-run' }));
  expect(await count('responder.incident')).toBe(0);
  await expect(openRun(ledger.responder, opening('b', 1))).resolves.toEqual({
    incident: 'INC-b',
    otherRun: undefined,
    causeAttended: true,
    known: anIncident,
    wakes: false,
    episode: anEpisode,
    standing: asNew,
  });
});

test('one run at a time may act on a target, and its fence is newer than any before', async () => {
  await openRun(ledger.responder, opening('a'));
  await openRun(ledger.responder, opening('b', 1));
  const first = await claimBy('a');
  expect(first).toEqual({
    granted: true,
    fence: matching(/^\d+$/),
    answers: [having({ guard: 'lock', answer: 'allow' })],
  });
  await expect(claimBy('a')).resolves.toEqual(first);
  await expect(claimBy('b')).resolves.toMatchObject({
    granted: false,
    answers: [having({ then: { kind: 'join', run: 'a' } })],
  });

  await endRun(ledger.responder, opening('a'), ended('failed'), evidence);
  // b looked before a acted: what it decided on is gone.
  await expect(claimBy('b')).resolves.toEqual({
    granted: false,
    answers: [
      having({
        guard: 'lock',
        answer: 'refuse',
        then: { kind: 'join', run: 'a' },
        figures: 'run a has changed what the plan touches since it was probed',
      }),
    ],
  });
  const second = await claimBy('b', { lookedAt: minute(31), at: minute(32) });
  expect(second.granted && first.granted && BigInt(second.fence) > BigInt(first.fence)).toBe(true);
});

test('of twenty that claim at once, one is granted', async () => {
  const runs = Array.from({ length: 20 }, (_, i) => `r${i}`);
  await Promise.all(runs.map((run, i) => openRun(ledger.responder, opening(run, i))));
  const claims = await Promise.all(runs.map((run) => claimBy(run)));
  expect(claims.filter(({ granted }) => granted)).toHaveLength(1);
});

test('a run that is not on record, or has ended, may not act', async () => {
  await expect(claimBy('nobody')).rejects.toThrow('not on record');
  await openRun(ledger.responder, opening('a'));
  await endRun(ledger.responder, opening('a'), ended('refused'), []);
  await expect(claimBy('a')).rejects.toThrow('has ended');
});

test('the intent is audited before the act and its outcome after, each once however often it is written', async () => {
  await openRun(ledger.responder, opening('a'));
  for (let i = 0; i < 2; i++) await claimBy('a');
  for (let i = 0; i < 2; i++) await endRun(ledger.responder, opening('a'), ended('resolved'), evidence);
  const { rows } = await ledger.admin.query(
    'select actor_type, actor_id, action, object_id, metadata from audit_event order by occurred_at',
  );
  expect(rows).toEqual([
    {
      actor_type: 'system',
      actor_id: 'a',
      action: 'remediation.intended',
      object_id: 'period=2026-11',
      metadata: { run: 'a', what: 'start', why: 'stale' },
    },
    {
      actor_type: 'system',
      actor_id: 'a',
      action: 'remediation.resolved',
      object_id: 'period=2026-11',
      metadata: { run: 'a', what: 'because', why: 'stale' },
    },
  ]);
  expect([
    await count('responder.evidence'),
    await count('responder.step'),
    await count('responder.guard'),
  ]).toEqual([1, 1, 1]);
});

test('a whole run that the ledger never heard of arrives complete at its end', async () => {
  await endRun(ledger.responder, opening('late'), ended('refused'), evidence);
  await expect(createRecordReader(ledger.responder).status('late')).resolves.toMatchObject({
    run: 'late',
    incident: 'INC-late',
    outcome: 'refused',
    operations: 12,
    ledgerWrites: 3,
    openedAt: '2026-11-23T14:00:00.000Z',
    steps: [{ name: 'diagnose', tell: 'looked' }],
    guards: [{ guard: 'lock', answer: 'allow' }],
    evidence: [{ key: 'before/x/1', rows: 1, sha256: evidence[0]?.sha256 }],
  });
});

test('an incident closes when the fault is gone, and only then', async () => {
  const open = () => count('responder.incident where closed_at is null');
  await openRun(ledger.responder, opening('a'));
  await endRun(ledger.responder, opening('a'), ended('ineffective'), []);
  expect(await open()).toBe(1);
  await openRun(ledger.responder, opening('b', 1));
  await endRun(ledger.responder, opening('b', 1), ended('self-healed'), []);
  expect(await open()).toBe(0);
  await expect(openRun(ledger.responder, opening('c', 2))).resolves.toMatchObject({ incident: 'INC-c' });
});

test('the finding is kept for a replay', async () => {
  await openRun(ledger.responder, opening('a'));
  await endRun(ledger.responder, opening('a'), ended('escalated', { finding: { period: 'open' } }), []);
  const reader = createRecordReader(ledger.responder);
  await expect(reader.findingOf('a')).resolves.toEqual({ period: 'open' });
  await expect(reader.requestOf('a')).resolves.toEqual(opening('a').request);
  await expect(reader.status('unheard-of')).resolves.toBeUndefined();
});

test('the ledger shows the first rows of evidence; all are kept, counted and hashed', () => {
  const rows = Array.from({ length: ROWS_KEPT + 5 }, (_, i) => ({ i }));
  const keep = (all: unknown[]) =>
    keepEvidence('k', 'p', { source: 's', query: 'q', parameters: {}, rows: all }, new Date(0));
  const kept = keep(rows);
  expect([kept.rows.length, kept.rowCount]).toEqual([ROWS_KEPT + 5, ROWS_KEPT + 5]);
  expect(excerptOf(kept).rows).toEqual(rows.slice(0, ROWS_KEPT));
  const long = keep([{ line: 'x'.repeat(150_000) }, { line: 'y'.repeat(150_000) }]);
  expect([excerptOf(long).rows.length, excerptOf(long).rowCount]).toEqual([1, 2]);
  expect(keep([...rows.slice(0, -1), { i: -1 }]).sha256).not.toBe(kept.sha256);
});

test('a symptom opens the incident of its cause, whose own run joins it later', async () => {
  const cause = { playbook: 'cur-freshness', target: { period: '2026-11' } };
  // As the chain's check finds it.
  const found = { ...cause, link: 'costs', tell: 'Athena 4.3 days' };
  const symptom = { ...opening('symptom', 0, { playbook: 'allocation-variance' }), cause: found };
  const opened = await openRun(ledger.responder, symptom);
  // The escalation's order is strict: what it does not know would leave the cause to nobody.
  expect(Object.keys(opened.episode ?? {}).sort()).toEqual([
    'episode',
    'incident',
    'number',
    'openedAt',
    'openedByRun',
    'playbook',
    'severity',
    'target',
  ]);
  expect(opened).toEqual({
    incident: 'INC-symptom',
    otherRun: undefined,
    causeAttended: false,
    known: anIncident,
    wakes: false,
    episode: anEpisode,
    standing: asNew,
  });
  const waits = ended('refused', { waitsFor: { incident: 'INC-symptom' } });
  await endRun(ledger.responder, symptom, waits, []);
  await expect(openRun(ledger.responder, opening('the-cause', 1))).resolves.toMatchObject({
    incident: 'INC-symptom',
    causeAttended: true,
    known: anIncident,
    wakes: true,
  });
  const { rows } = await ledger.admin.query('select playbook, target_key from responder.incident');
  expect(rows).toEqual([{ playbook: 'cur-freshness', target_key: 'period=2026-11' }]);
  const kept = await ledger.admin.query(`select waits_for from responder.run where run_id = 'symptom'`);
  expect(kept.rows).toEqual([{ waits_for: 'INC-symptom' }]);
});

test('a graver run that joins an incident raises its severity, a lesser one does not lower it', async () => {
  const severity = async () =>
    (await ledger.admin.query<{ severity: string }>('select severity from responder.incident')).rows[0]
      ?.severity;
  await openRun(ledger.responder, opening('warning'));
  expect(await severity()).toBe('SEV-3');
  await openRun(ledger.responder, { ...opening('critical', 1), severity: 'SEV-2' });
  expect(await severity()).toBe('SEV-2');
  await openRun(ledger.responder, opening('again', 2));
  expect(await severity()).toBe('SEV-2');
});

test('a run for another alarm of the fault gives way to one that has just called people, and only then', async () => {
  const other = (run: string, name: string, minute: number) =>
    opening(run, minute, { cause: { kind: 'alarm', alarm: { ...alarm, name } } });
  const warning = other('warning', 'cur-freshness', 0);
  await openRun(ledger.responder, warning);
  const critical = other('critical', 'cur-freshness-critical', 1);
  await expect(openRun(ledger.responder, critical)).resolves.toMatchObject({
    otherRun: { run: 'warning', ended: false },
  });
  await endRun(ledger.responder, warning, ended('escalated', { endedAt: critical.openedAt }), []);
  await expect(openRun(ledger.responder, critical)).resolves.toMatchObject({
    otherRun: { run: 'warning', ended: true },
  });
  await endRun(ledger.responder, critical, ended('refused', { endedAt: critical.openedAt }), []);
  for (const [name, minute] of [
    ['cur-freshness', 2],
    ['cur-freshness-critical', 9],
  ] as const) {
    const later = await openRun(ledger.responder, other(`later-${name}`, name, minute));
    expect(later.otherRun).toBeUndefined();
    await endRun(
      ledger.responder,
      other(`later-${name}`, name, minute),
      ended('resolved', { endedAt: critical.openedAt }),
      [],
    );
  }
});

test('a redriven request in another execution may not act under the same run id', async () => {
  await openRun(ledger.responder, opening('a'));
  await expect(claimBy('a', { executionArn: 'arn:another' })).rejects.toThrow("another execution's");
  await expect(claimBy('a')).resolves.toMatchObject({ granted: true });
});

test('incidents are numbered from 1, and a run knows its incident and when that was last over', async () => {
  await ledger.admin.query('alter table responder.incident alter column number restart');
  const elsewhere = { target: { period: '2026-12' } };
  expect((await openRun(ledger.responder, opening('a'))).episode).toMatchObject({ number: 1 });
  const other = await openRun(ledger.responder, opening('b', 1, elsewhere));
  expect(other.known).toEqual({ number: 2, severity: 'SEV-3', episode: 1 });
  await endRun(ledger.responder, opening('a'), ended('resolved'), []);
  const back = await openRun(ledger.responder, opening('c', 40));
  expect(back.known).toEqual({ number: 1, severity: 'SEV-3', episode: 2, lastClosedAt: minute(30) });
  expect(await openRun(ledger.responder, opening('d', 41, { mode: 'dry-run' }))).not.toHaveProperty('known');
});
