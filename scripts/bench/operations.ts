import { anchorMoment, type AnchorDependencies } from '../../lambdas/record/audit/anchor.ts';
import { approvalOf, offerCallback, putApproval } from '../../lambdas/record/approvals.ts';
import { approve } from '../../lambdas/record/approving.ts';
import { episodeState, putTold } from '../../lambdas/record/calls.ts';
import { claimAndIntend } from '../../lambdas/record/claim.ts';
import { seenOf, statusOf } from '../../lambdas/record/episode-status.ts';
import {
  answersKept,
  incidentSeen,
  messagesOf,
  newestEntries,
  newestOrders,
  openIncidentsSeen,
  requestSeen,
  requestsOpen,
  runsInProgress,
  runsJustEnded,
  runsOfIncident,
  search,
} from '../../lambdas/record/desk.ts';
import { forgetOldRows } from '../../lambdas/record/evidence.ts';
import { gather } from '../../lambdas/record/gather.ts';
import { openEpisodes, waitingCalls } from '../../lambdas/record/incidents.ts';
import { isHeardOf, lastEnds, targetsAtWork } from '../../lambdas/record/last-ends.ts';
import { holdsLocks, renewLocks } from '../../lambdas/record/locks.ts';
import { wasOrdered } from '../../lambdas/record/orders.ts';
import { newestPostmortems } from '../../lambdas/record/postmortems.ts';
import { createRecordReader } from '../../lambdas/record/read.ts';
import { lastRuns, liveRunsSince, runsAtWork, skippedRuns } from '../../lambdas/record/runs.ts';
import { newestShadows, uncomparedShadows } from '../../lambdas/record/shadows.ts';
import { standingOf } from '../../lambdas/record/standing.ts';
import { answersAbout, runsOfAlarmsSince } from '../../lambdas/record/transitions.ts';
import { waitedFor } from '../../lambdas/record/waited-for.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { figuresOfDay } from '../../lambdas/record/day-figures.ts';
import { dayOf, shiftDate } from '../../lambdas/platform/calendar.ts';
import { planHash, type Act } from '../../lambdas/domain/decision.ts';
import { People } from '../../lambdas/domain/people.ts';
import type { RunEnding, RunOpening } from '../../lambdas/domain/run-record.ts';
import type { Ledger } from '../../lambdas/platform/ledger/queryable.ts';
import { SEEDED_UNTIL } from './seed.ts';

/** What a run, the sweep, an escalation and people ask of the record, each through the product's own function. */
export interface Operation {
  readonly name: string;
  work(pool: Ledger): Promise<unknown>;
}

const decision = {
  kind: 'act',
  branch: 'stale',
  why: 'budgets are 30 h old',
  plan: [{ action: 'refresh-budgets', params: {} }],
} as unknown as Act;
const plan = planHash(decision.plan);
const DAY = dayOf('2026-11-22', 'UTC');
/** One of a constant target, and one that is long over. */
const [OPEN, OVER] = ['INC-s0', 'INC-s31'];

/** Measured again, runs go on after the last ones. */
let serial = 0;

/** In the order of a run's life, then those that look on. */
export function operations(): readonly Operation[] {
  let run = '';
  let fence = '';
  /** Each run comes ten minutes after the one before it. */
  const at = (minutes: number): string =>
    new Date(SEEDED_UNTIL.getTime() + (serial * 10 + minutes) * 60_000).toISOString();
  const opening = (): RunOpening => ({
    request: {
      run,
      playbook: 'budget-stale',
      mode: 'live',
      cause: {
        kind: 'alarm',
        alarm: {
          name: 'budget-stale',
          arn: 'arn:aws:cloudwatch:us-east-1:012345678901:alarm:budget-stale',
          account: '012345678901',
          region: 'us-east-1',
          kind: 'metric',
          state: 'ALARM',
          changedAt: at(0),
          reason: 'Threshold Crossed',
        },
      },
    },
    target: {},
    severity: 'SEV-3',
    executionArn: `arn:${run}`,
    openedAt: at(1),
  });
  const steps = Array.from({ length: 12 }, (_, i) => ({
    name: `step-${i}`,
    startedAt: at(1),
    endedAt: at(2),
    tell: 'found',
    detail: {},
  }));
  const guards = Array.from({ length: 24 }, (_, i) => ({
    slot: i < 12 ? ('before-diagnosing' as const) : ('before-acting' as const),
    guard: `guard-${i}`,
    answer: 'allow' as const,
    figures: '0 of 6',
    checkedAt: at(1),
  }));
  const ending = (outcome: RunEnding['outcome']): RunEnding => ({
    outcome,
    why: 'proven',
    endedAt: at(3),
    decision,
    finding: { hours: 1 },
    breaker: { after: 1_000_000, initialTrust: 'auto' },
    steps,
    guards,
    operations: 14,
    ledgerWrites: 3,
  });
  const next = (): void => void ((serial += 1), (run = `bench-${serial}`));
  const now = SEEDED_UNTIL;
  const since = new Date(now.getTime() - 86_400_000);

  return [
    { name: 'open', work: (pool) => (next(), openRun(pool, opening())) },
    {
      name: 'standing',
      work: (pool) => standingOf(pool, { run, playbook: 'budget-stale', targetKey: '', now: at(1) }),
    },
    {
      name: 'ask',
      async work(pool) {
        const asked = { people: 1 as const, requester: null, requestedAt: at(1), expiresAt: at(480) };
        await putApproval(pool, {
          id: `A-${run}`,
          run,
          planSha256: plan,
          evidenceSha256: 'e',
          shown: {},
          ...asked,
        });
        await offerCallback(pool, `A-${run}`, 'cb');
      },
    },
    {
      name: 'approve',
      work: (pool) =>
        approve(pool, `A-${run}`, plan.slice(0, 12), {
          caller: { arn: 'arn:sre-two', person: 'sre-two' },
          action: 'plan.approved',
          object: { type: 'approval', id: `A-${run}` },
          at: at(2),
          why: 'right',
        }),
    },
    { name: 'approval', work: (pool) => approvalOf(pool, run, plan) },
    {
      name: 'claim',
      async work(pool) {
        const claimed = await claimAndIntend(
          pool,
          run,
          {
            playbook: 'budget-stale',
            target: {},
            decision,
            tell: 'refresh the budgets',
            finding: { hours: 30 },
            lookedAt: at(2),
            evidence: [],
            executionArn: `arn:${run}`,
            at: at(2),
            locks: { writes: ['run/budget-stale', 'budgets'], reads: ['inventory'] },
            leasedUntil: at(120),
            changes: true,
            effect: { rows: 1, usd: '0', tenants: [] },
          },
          () => [],
        );
        if (!claimed.granted) throw new Error('the claim was not granted');
        ({ fence } = claimed);
      },
    },
    { name: 'holds locks', work: (pool) => holdsLocks(pool, run, fence, at(3)) },
    {
      name: 'renew locks',
      work: (pool) => renewLocks(pool, run, { fence, now: at(3), needed: at(130), leasedUntil: at(140) }),
    },
    { name: 'end', work: (pool) => endRun(pool, opening(), ending('resolved'), []) },
    {
      name: 'open and end ineffective',
      async work(pool) {
        next();
        await openRun(pool, opening());
        await endRun(pool, opening(), ending('ineffective'), []);
      },
    },
    { name: 'ordered', work: (pool) => wasOrdered(pool, run, { person: 'nobody', arn: 'arn:nobody' }) },
    { name: 'sweep: runs', work: (pool) => liveRunsSince(pool, since) },
    { name: 'sweep: shadows', work: (pool) => uncomparedShadows(pool) },
    { name: 'sweep: transitions', work: (pool) => runsOfAlarmsSince(pool, since) },
    { name: 'sweep: episodes', work: (pool) => openEpisodes(pool) },
    { name: 'sweep: causes', work: (pool) => waitedFor(pool) },
    { name: 'standing alarm', work: (pool) => lastEnds(pool, 'budget-stale', at(0)) },
    { name: 'targets at work', work: (pool) => targetsAtWork(pool, 'budget-stale') },
    { name: 'heard of', work: (pool) => isHeardOf(pool, { name: 'budget-stale', changedAt: at(0) }) },
    // No chain has an entry of it: nothing is put.
    { name: 'anchor a moment', work: (pool) => anchorMoment({ pool } as AnchorDependencies, at(9)) },
    { name: 'forget evidence', work: (pool) => forgetOldRows(pool, now, 90) },
    { name: 'look', work: (pool) => episodeState(pool, OPEN, 1) },
    {
      name: 'told',
      work: (pool) =>
        putTold(pool, OPEN, 1, [
          {
            message: { kind: 'call', severity: 'SEV-3', level: 1 },
            recipient: `sre-${(serial += 1)}`,
            dueAt: at(1),
            toldAt: at(1),
            confirmed: 2,
            tries: 1,
            triedAt: at(1),
            byRun: null,
            why: null,
          },
        ]),
    },
    { name: 'wake', work: (pool) => waitingCalls(pool, OPEN) },
    { name: 'status', work: (pool) => statusOf(pool, OPEN) },
    { name: 'incident', work: (pool) => seenOf(pool, OVER) },
    { name: 'postmortem', work: (pool) => gather(pool, OVER, 1) },
    {
      name: 'list',
      work: (pool) => Promise.all([runsAtWork(pool), lastRuns(pool), skippedRuns(pool), newestShadows(pool)]),
    },
    {
      name: 'desk: now',
      work: (pool) =>
        Promise.all([
          openIncidentsSeen(pool),
          requestsOpen(pool, now),
          runsInProgress(pool),
          runsJustEnded(pool),
        ]),
    },
    {
      name: 'desk: incident',
      work: (pool) =>
        Promise.all([
          incidentSeen(pool, OVER),
          incidentSeen(pool, '31'),
          runsOfIncident(pool, OVER),
          messagesOf(pool, OVER),
          newestEntries(pool, OVER, 200),
        ]),
    },
    { name: 'desk: run', work: (pool) => answersKept(pool, 's100') },
    { name: 'desk: approval', work: (pool) => requestSeen(pool, 'A-s104') },
    {
      name: 'desk: documents',
      work: (pool) => Promise.all([newestPostmortems(pool), newestOrders(pool)]),
    },
    // Nothing on record has it: the most that a search can cost.
    { name: 'desk: search', work: (pool) => search(pool, 'TEN-00123') },
    { name: 'why', work: (pool) => createRecordReader(pool).status('s100') },
    { name: 'why <alarm>', work: (pool) => answersAbout(pool, 'budget-stale') },
    {
      name: 'report',
      work: (pool) =>
        figuresOfDay(pool, {
          day: DAY,
          trend: Array.from({ length: 14 }, (_, i) => dayOf(shiftDate(DAY.date, i - 13), 'UTC')),
          ladders: People.parse({}).ladders,
          postmortemHours: 72,
        }),
    },
  ];
}
