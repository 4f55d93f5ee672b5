import { countRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { askTogether } from '../platform/ledger/together.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { planHash, type Decision, type Severity } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import type { Trust } from '../domain/limits.ts';
import { canonicalHash } from '../platform/canonical-json.ts';
import { appendAudit, bodyOf, momentOf, PEOPLES_CHAIN, type AuditEntry } from './audit-chain.ts';
import { auditKey, BREAKER_OPENED, remediationKind } from './audit-keys.ts';
import { excerptOf } from './evidence.ts';
import {
  closed,
  closeIncident,
  incidentOfRunAsked,
  isIncidentOf,
  joinIncident,
  openedBy,
  openEpisodeAsked,
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
import { standingAsked, type Standing } from './standing.ts';
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
  /** As of the opening. */
  readonly standing: Standing;
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
  const of = opening.cause ?? { playbook: request.playbook, target };
  // Nothing else that is known of a cause belongs into the order to call people.
  const about = { playbook: of.playbook, target: of.target };
  const isLive = request.mode === 'live';
  await client.query(sql.QUEUE_UP, [request.playbook, key]);
  // In sequence for the cause, too: it may be another playbook's.
  if (isLive && opening.cause) await client.query(sql.QUEUE_UP, [about.playbook, targetKey(about.target)]);
  const before = await askTogether(client, {
    incident: incidentOfRunAsked(request.run),
    open: openEpisodeAsked(about.playbook, about.target),
  });
  let { incident } = before;
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
  if (!incident && isLive) {
    const its = {
      run: request.run,
      playbook: request.playbook,
      about,
      severity,
      at: openedAt,
      isNews: request.cause.kind === 'alarm' || request.cause.kind === 'manual',
    };
    opened = await (before.open ? joinIncident(client, before.open, its) : openIncident(client, its));
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
  const { otherRun, found, standing } = await askTogether(client, {
    otherRun: {
      sql: sql.OTHER_RUN,
      values: [request.run],
      read: ([row]: readonly { readonly run: string; readonly ended: boolean }[]) => row,
    },
    found: {
      sql: sql.INCIDENT_OF_RUN,
      values: [incident, about.playbook],
      read: ([row]: readonly { readonly attended: boolean; readonly incident: IncidentKnown | null }[]) =>
        row,
    },
    standing: standingAsked({ run: request.run, playbook: request.playbook, targetKey: key, now: openedAt }),
  });
  return {
    incident,
    otherRun,
    causeAttended: found?.attended ?? false,
    ...(found?.incident && { known: found.incident }),
    ...(opened?.call && { episode: opened.episode }),
    wakes: opened?.wakes ?? false,
    standing,
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
  const { request, target } = opening;
  const { run, playbook } = request;
  return transaction(pool, async (client) => {
    await client.query(sql.QUEUE_UP, [playbook, targetKey(target)]);
    const isLive = request.mode === 'live';
    const found = await end(client, opening, ending, evidence);
    if (isLive && ending.nothingBegan) await client.query(sql.GIVE_BACK, [run, opening.executionArn]);
    if (isLive && (ending.outcome === 'ineffective' || ending.outcome === 'failed'))
      await trip(client, playbook, ending.endedAt, ending.breaker);
    if (ending.decision?.kind === 'act' && isLive)
      await audit(
        client,
        run,
        remediationKind(ending.outcome),
        ending.endedAt,
        ending.why,
        ending.decision.why,
      );
    if (ending.about) {
      const { outcome, endedAt: at, about, isOver = false } = ending;
      await keepLastEnd(client, { ...about, playbook, target, run, at, outcome, isOver });
    }
    if (isLive) await settle(client, found, opening, ending, evidence);
  });
}

/** As it is on record: an intent before may have written a part. */
interface Found {
  readonly incident: string;
  readonly decision: unknown;
  readonly finding: unknown;
  readonly planSha256: string | null;
}

/** It is opened here only where it could not be put on record on the way. */
async function end(
  client: Queryable,
  opening: RunOpening,
  ending: RunEnding,
  evidence: readonly EvidenceRecord[],
): Promise<Found> {
  const { run } = opening.request;
  const plan = ending.decision && 'plan' in ending.decision ? ending.decision.plan : undefined;
  const values = [
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
    storableJson(ending.steps.map((step, seq) => ({ ...step, seq: seq + 1 }))),
    storableJson(ending.guards),
    storableJson(evidence.map(excerptOf)),
  ];
  const sqlOfEnd = opening.request.mode === 'live' ? sql.END_RUN : sql.END_REHEARSAL;
  const found = await firstRow<Found>(client, sqlOfEnd, values);
  if (found) return found;
  await open(client, opening);
  const opened =
    (await firstRow<Found>(client, sqlOfEnd, values)) ?? (await firstRow<Found>(client, sql.FOUND, [run]));
  if (!opened) throw new Error(`run ${run} is not on record although it has just been opened`);
  return opened;
}

/** Updates the incident: its audit, its severity, its end. */
async function settle(
  client: Queryable,
  { incident, ...found }: Found,
  { request: { run, playbook }, target, cause }: RunOpening,
  { outcome, why, endedAt: at, decision, guards, isOver, bodies = [] }: RunEnding,
  evidence: readonly EvidenceRecord[],
): Promise<void> {
  const plan = decision && 'plan' in decision ? decision.plan : undefined;
  const ended: AuditEntry = {
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
  };
  const decided =
    decision?.kind === 'escalate'
      ? decision.severity
      : decision?.kind === 'act'
        ? decision.handOff?.severity
        : undefined;
  // A symptom that is gone proves nothing about its cause.
  const isGone = !cause && (isOver === true || outcome === 'resolved' || outcome === 'self-healed');
  if (decided) {
    await appendAudit(client, ended);
    await raise(client, incident, { severity: decided, cause: { run }, at });
    if (isGone) await closeIncident(client, incident, { by: { run }, at, why });
    return;
  }
  const resolved = isGone ? await closed(client, incident, { by: { run }, at, why }) : undefined;
  await appendAudit(client, ended, ...(resolved ? [resolved] : []));
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
  const body = { run, what, why };
  const values = [run, action, at, storableJson(body), momentOf(at), bodyOf(body)];
  if ((await countRows(client, sql.AUDIT, values)) !== 1)
    throw new Error(`run ${run} is not on record: ${action} cannot be audited`);
}
