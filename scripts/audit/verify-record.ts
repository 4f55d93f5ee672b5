import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { canonicalJson } from '../../lambdas/platform/canonical-json.ts';
import { evidenceHash } from '../../lambdas/record/evidence.ts';

/** What the ledger's tables say of what the chains hold. */
export interface RecordRows {
  /** Live runs that have ended. */
  readonly runs: readonly {
    run: string;
    outcome: string;
    why: string;
    decision: { kind: string; branch: string; why: string } | null;
  }[];
  /** Of live runs. */
  readonly guards: readonly { run: string; slot: string; guard: string; answer: string; figures: string }[];
  readonly approvers: readonly { approval: string; person: string; caller: string }[];
  /** Orders of people in the domain's own audit. */
  readonly events: readonly { event: string; person: string; action: string; type: string; id: string }[];
  readonly evidence: readonly {
    run: string;
    key: string;
    source: string;
    query: string;
    parameters: Record<string, unknown>;
    rows: unknown[];
    rowCount: number;
    sha256: string;
  }[];
}

interface Body {
  readonly run?: string;
  readonly outcome?: string;
  readonly why?: string;
  readonly decision?: { kind: string; branch: string; why: string };
  readonly guards?: readonly object[];
  readonly evidence?: readonly { key: string }[];
  readonly person?: string;
  readonly caller?: string;
  readonly event?: string;
  readonly object?: { type: string; id: string };
}

/** The record is held against the chains' entries both ways: what was changed, removed, or put beside. */
export function* recordFaults(rows: readonly AuditRow[], record: RecordRows): Generator<Fault> {
  const entries = rows.flatMap(({ kind, body }) => {
    try {
      return [{ kind, body: JSON.parse(body) as Body }];
    } catch {
      // Its chain is broken, and says so.
      return [];
    }
  });
  const ended = entries.filter(({ kind }) => kind === 'run.ended').map(({ body }) => body);
  const orders = entries.flatMap(({ kind, body }) => (body.event === undefined ? [] : [{ kind, body }]));
  yield* compare(
    'run',
    ended.map(({ run, outcome, why, decision }) => ({ run, outcome, why, ...shownOf(decision) })),
    record.runs.map(({ decision, ...run }) => ({ ...run, ...shownOf(decision) })),
  );
  yield* compare(
    'guard',
    // The end of a run that crashed holds no answers.
    ended.flatMap(({ run, guards = [] }) => guards.map((guard) => ({ run, ...guard }))),
    record.guards.filter(({ run }) => ended.some((one) => one.run === run && one.guards)),
  );
  yield* compare(
    'approver',
    orders
      .filter(({ kind }) => kind === 'responder.approve')
      .map(({ body }) => ({ approval: body.object?.id, person: body.person, caller: body.caller })),
    record.approvers,
  );
  yield* compare(
    'audit_event',
    orders.map(({ kind, body: { event, person, object } }) => ({ event, person, action: kind, ...object })),
    record.events,
  );
  const kept = new Set(ended.flatMap(({ run, evidence = [] }) => evidence.map(({ key }) => `${run} ${key}`)));
  for (const row of record.evidence) {
    const where = `row ${row.key} of ${row.run} in responder.evidence`;
    if (!kept.has(`${row.run} ${row.key}`)) yield { where, what: 'no entry of the audit holds it' };
    // Of long answers the row holds only the first part; the body in the bucket holds all.
    if (row.rows.length !== row.rowCount) continue;
    const found = evidenceHash(row);
    if (found !== row.sha256)
      yield { where, what: 'its answer is not what was hashed', expected: row.sha256, found };
  }
}

const shownOf = (decision?: Body['decision'] | null) =>
  decision ? { decision: { kind: decision.kind, branch: decision.branch, why: decision.why } } : {};

function* compare(table: string, held: readonly object[], there: readonly object[]): Generator<Fault> {
  const [wanted, found] = [held, there].map((rows) => new Set(rows.map((row) => canonicalJson(row))));
  for (const row of wanted ?? [])
    if (!found?.has(row))
      yield { where: `table ${table}`, what: 'a row that the audit holds is not there', expected: row };
  for (const row of found ?? [])
    if (!wanted?.has(row)) yield { where: `table ${table}`, what: `no entry of the audit holds ${row}` };
}
