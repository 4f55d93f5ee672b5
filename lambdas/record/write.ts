import { firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { planHash, type Decision, type Severity } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import type { Trust } from '../domain/limits.ts';
import { canonicalHash } from '../platform/canonical-json.ts';
import { appendAudit, PEOPLES_CHAIN } from './audit-chain.ts';
import { auditKey, BREAKER_OPENED, remediationKind } from './audit-keys.ts';
import { excerptOf } from './evidence.ts';
import {
  closeIncident,
  incidentOfRun,
  isIncidentOf,
  openedBy,
  openIncident,
  raise,
  type Episode,
  type IncidentOpened,
} from './incidents.ts';
import { keepLastEnd } from './last-ends.ts';
import { RELEASE } from './locks.ts';
import {
  incidentOf,
  targetKey,
  type BreakerLimit,
  type EvidenceRecord,
  type RunEnding,
  type RunOpening,
} from '../domain/run-record.ts';
import * as sql from './statements.ts';
import { storableJson, storableText } from './storable.ts';

export interface Opened {
  readonly incident: string;
  /** An earlier run on the same playbook and target: in progress, or just ended with people called. */
  readonly otherRun: { readonly run: string; readonly ended: boolean } | undefined;
  /** Whether the incident's playbook has had a run in it; in a run's own incident it has. */
  readonly causeAttended: boolean;
  /** Of a live run: its incident as it stands now. */
  readonly known?: IncidentKnown;
  /** The episode that this run has opened: its people must be called. */
  readonly episode?: Episode;
  /** The incident's waiting escalation must check this run. */
  readonly wakes: boolean;
}

export interface IncidentKnown {
  readonly number: number;
  readonly severity: Severity;
  /** Counts its openings. */
  readonly episode: number;
  /** ISO 8601: the end of the episode before. */
  readonly lastClosedAt?: string;
}

export interface CrashedRun {
  readonly acted: boolean;
  readonly playbook: string;
  readonly incident: string;
  readonly why: string;
  readonly target: Target;
  readonly severity: Severity;
  readonly decision: Decision | null;
  readonly finding: unknown;
}

/**
 * Ends a run whose execution has crashed, releases its locks, and audits that its result is unknown.
 * @returns false when it has ended meanwhile
 */
export function failCrashedRun(
  pool: Ledger,
  run: string,
  at: string,
  breakerOf: (playbook: string) => BreakerLimit,
  concernsOf: (crashed: CrashedRun) => readonly string[] | null = () => null,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const failed = await firstRow<CrashedRun>(client, sql.FAIL, [run, at]);
    if (!failed) return false;
    await client.query(RELEASE, [run, at]);
    const body = { run, playbook: failed.playbook, outcome: 'failed', why: failed.why };
    await appendAudit(client, {
      chain: failed.incident,
      key: auditKey.ended(run),
      at,
      kind: 'run.ended',
      body,
    });
    if (failed.acted) {
      await audit(
        client,
        run,
        remediationKind('failed'),
        at,
        'unknown: its execution died',
        'nobody can say what it had begun',
      );
      await trip(client, failed.playbook, at, breakerOf(failed.playbook));
      const { playbook, target, severity } = failed;
      const about = { concerns: concernsOf(failed), repeats: false, isOver: false };
      await keepLastEnd(client, { ...about, playbook, target, severity, run, at, outcome: 'failed' });
    }
    return true;
  });
}

async function trip(client: Queryable, playbook: string, at: string, limit: BreakerLimit): Promise<void> {
  type Opened = { trust: Trust; why: string };
  const opened = await firstRow<Opened>(client, sql.TRIP, [playbook, at, limit.after, limit.initialTrust]);
  if (!opened) return;
  await appendAudit(client, {
    chain: PEOPLES_CHAIN,
    key: `${BREAKER_OPENED}/${playbook}/${at}`,
    at,
    kind: BREAKER_OPENED,
    body: { object: { type: 'playbook', id: playbook }, ...opened },
  });
}

/** Opens the run, and its incident unless one is open for the same playbook and target. Repeatable. */
export function openRun(pool: Ledger, opening: RunOpening): Promise<Opened> {
  return transaction(pool, (client) => open(client, opening));
}

async function open(client: Queryable, opening: RunOpening): Promise<Opened> {
  const { request, target, severity, openedAt } = opening;
  const key = targetKey(target);
  const about = opening.cause ?? { playbook: request.playbook, target };
  await client.query(sql.QUEUE_UP, [request.playbook, key]);
  let incident = await incidentOfRun(client, request.run);
  let opened: IncidentOpened | undefined;
  // On a retry: it may have crashed before it could call anybody.
  if (incident !== undefined) opened = await openedBy(client, request.run);
  if ('incident' in request.cause && !opening.cause) {
    // It is about that incident alone: if it is over meanwhile, nobody is called again.
    incident ??= request.cause.incident;
    if (!(await isIncidentOf(client, incident, about)))
      throw new Error(
        `incident ${incident} is none of ${request.playbook}, ${key}: run ${request.run} can't end it`,
      );
  }
  if (!incident && request.mode === 'live') {
    // In sequence for the cause, too: it may be another playbook's.
    if (opening.cause) await client.query(sql.QUEUE_UP, [about.playbook, targetKey(about.target)]);
    opened = await openIncident(client, {
      run: request.run,
      playbook: request.playbook,
      about,
      severity,
      at: openedAt,
      isNews: request.cause.kind === 'alarm' || request.cause.kind === 'manual',
    });
    incident = opened.episode.incident;
  }
  // A rehearsal opens no incident: there is no new fault.
  incident ??= incidentOf(request.run);
  const alarm = 'alarm' in request.cause ? request.cause.alarm : undefined;
  await client.query(sql.UPSERT_RUN, [
    request.run,
    incident,
    request.playbook,
    key,
    storableJson(target),
    request.mode,
    storableJson(request),
    alarm?.name ?? null,
    alarm?.changedAt ?? null,
    request.cause.kind === 'replay' ? request.cause.of : null,
    opening.executionArn,
    openedAt,
  ]);
  const otherRun = await firstRow<{ run: string; ended: boolean }>(client, sql.OTHER_RUN, [request.run]);
  const found = await firstRow<{ attended: boolean; incident: IncidentKnown | null }>(
    client,
    sql.INCIDENT_OF_RUN,
    [incident, about.playbook],
  );
  return {
    incident,
    otherRun,
    causeAttended: found?.attended ?? false,
    ...(found?.incident && { known: found.incident }),
    ...(opened?.call && { episode: opened.episode }),
    wakes: opened?.wakes ?? false,
  };
}

/**
 * Writes the whole run, even what is on record, releases the lock, and closes the incident when the
 * fault is gone. So a record that could not be written on the way is complete once the ledger is back.
 */
export function endRun(
  pool: Ledger,
  opening: RunOpening,
  ending: RunEnding,
  evidence: readonly EvidenceRecord[],
): Promise<void> {
  const { run } = opening.request;
  return transaction(pool, async (client) => {
    const { incident } = await open(client, opening);
    const plan = ending.decision && 'plan' in ending.decision ? ending.decision.plan : undefined;
    await client.query(sql.END_RUN, [
      run,
      ending.endedAt,
      ending.outcome,
      storableText(ending.why),
      ending.decision ? storableJson(ending.decision) : null,
      ending.finding === undefined ? null : storableJson(ending.finding),
      plan ? planHash(plan) : null,
      ending.joinedRun ?? null,
      ending.operations,
      ending.ledgerWrites,
      opening.executionArn,
      ending.waitsFor?.incident ?? null,
      ending.lookAgainAt ?? null,
      ending.impact ? storableJson(ending.impact) : null,
    ]);
    const isLive = opening.request.mode === 'live';
    if (isLive) await client.query(RELEASE, [run, ending.endedAt]);
    if (isLive && ending.nothingBegan) await client.query(sql.GIVE_BACK, [run, opening.executionArn]);
    if (isLive && (ending.outcome === 'ineffective' || ending.outcome === 'failed'))
      await trip(client, opening.request.playbook, ending.endedAt, ending.breaker);
    await client.query(sql.PUT_STEPS, [
      run,
      storableJson(ending.steps.map((step, seq) => ({ ...step, seq: seq + 1 }))),
    ]);
    await client.query(sql.PUT_GUARDS, [run, storableJson(ending.guards)]);
    await putEvidence(client, run, evidence);
    if (ending.decision?.kind === 'act' && isLive) {
      await audit(
        client,
        run,
        remediationKind(ending.outcome),
        ending.endedAt,
        ending.why,
        ending.decision.why,
      );
    }
    if (ending.about) {
      const { outcome, endedAt: at, about, isOver = false } = ending;
      const { request, target } = opening;
      await keepLastEnd(client, {
        ...about,
        playbook: request.playbook,
        target,
        run,
        at,
        outcome,
        isOver,
      });
    }
    if (isLive) await settle(client, incident, opening, ending, evidence);
  });
}

/** Updates the incident: its audit, its severity, its end. */
async function settle(
  client: Queryable,
  incident: string,
  { request: { run, playbook }, target, cause }: RunOpening,
  { outcome, why, endedAt: at, decision, guards, isOver, bodies = [] }: RunEnding,
  evidence: readonly EvidenceRecord[],
): Promise<void> {
  const plan = decision && 'plan' in decision ? decision.plan : undefined;
  // As it is on record: an intent before may have written a part.
  const found = await firstRow(client, sql.FOUND, [run]);
  await appendAudit(client, {
    chain: incident,
    key: auditKey.ended(run),
    at,
    kind: 'run.ended',
    body: {
      run,
      playbook,
      target,
      outcome,
      why,
      ...(decision && { decision: { kind: decision.kind, branch: decision.branch, why: decision.why } }),
      ...(plan && { plan, planSha256: planHash(plan) }),
      recordSha256: canonicalHash(found),
      guards: guards.map(({ slot, guard, answer, figures }) => ({ slot, guard, answer, figures })),
      evidence: evidence.map(({ key, sha256 }) => ({ key, sha256 })),
      bodies,
    },
  });
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : decision?.kind === 'act'
        ? decision.handOff?.severity
        : undefined;
  if (decided) await raise(client, incident, { severity: decided, cause: { run }, at });
  // A symptom that is gone proves nothing about its cause.
  if (!cause && (isOver || outcome === 'resolved' || outcome === 'self-healed'))
    await closeIncident(client, incident, { by: { run }, at, why });
}

export async function putEvidence(
  client: Queryable,
  run: string,
  evidence: readonly EvidenceRecord[],
): Promise<void> {
  if (evidence.length > 0) await client.query(sql.PUT_EVIDENCE, [run, storableJson(evidence.map(excerptOf))]);
}

/**
 * The domain's own audit (rule 6): who, what, on what, why; and the incident's. One event per run and
 * action, however often written.
 */
export async function audit(
  client: Queryable,
  run: string,
  action: string,
  at: string,
  what: string,
  why: string,
): Promise<void> {
  await client.query(sql.AUDIT, [run, action, at, storableJson({ run, what, why })]);
  const chain = await incidentOfRun(client, run);
  if (chain === undefined) throw new Error(`run ${run} is not on record: ${action} cannot be audited`);
  await appendAudit(client, { chain, key: `${action}/${run}`, at, kind: action, body: { run, what, why } });
}
