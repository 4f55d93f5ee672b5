import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { storableText } from '../../lambdas/record/storable.ts';
import { canonicalHash, canonicalJson } from '../../lambdas/platform/canonical-json.ts';
import { evidenceHash } from '../../lambdas/record/evidence.ts';
import type { Answers } from './verify-evidence.ts';

/** What the ledger's tables say of what the chains hold. */
export interface RecordRows {
  /** Live runs that have ended. */
  readonly runs: readonly {
    run: string;
    playbook: string;
    at: string;
    outcome: string;
    why: string;
    decision: unknown;
    finding: unknown;
    planSha256: string | null;
  }[];
  /** Of live runs. */
  readonly guards: readonly { run: string; slot: string; guard: string; answer: string; figures: string }[];
  readonly approvers: readonly { approval: string; person: string; caller: string; at: string }[];
  /** What people sent, and what they were answered. */
  readonly commands: readonly {
    nonce: string;
    at: string;
    caller: string;
    person: string;
    command: unknown;
    answer: unknown;
  }[];
  /** Who was notified of what. */
  readonly told: readonly { incident: string; episode: number; told?: { message?: object } }[];
  /** Orders of people in the domain's own audit. */
  readonly events: readonly {
    event: string;
    at: string;
    person: string;
    action: string;
    type: string;
    id: string;
    metadata: unknown;
  }[];
  /** Intents and ends of plans in the domain's own audit. */
  readonly remediations: readonly { at: string; actor: string; action: string; metadata: unknown }[];
  readonly evidence: readonly {
    run: string;
    key: string;
    source: string;
    query: string;
    parameters: Record<string, unknown>;
    rows?: unknown[];
    rowCount?: number;
    sha256: string;
  }[];
}

interface Body {
  readonly run?: string;
  readonly playbook?: string;
  readonly outcome?: string;
  readonly why?: string;
  readonly what?: string;
  readonly recordSha256?: string;
  readonly guards?: readonly object[];
  readonly evidence?: readonly { key: string }[];
  readonly person?: string;
  readonly caller?: string;
  readonly event?: string;
  readonly object?: { type: string; id: string };
  readonly nonce?: string;
  readonly sha256?: string;
}

interface Entry {
  readonly chain: string;
  readonly at: string;
  readonly kind: string;
  readonly body: Body;
}

/** The record is held against the chains' entries both ways: what was changed, removed, or put beside. */
export function* recordFaults(
  rows: readonly AuditRow[],
  record: RecordRows,
  answers: Answers,
): Generator<Fault> {
  const entries = rows.flatMap(entryOf);
  const ended = entries.filter(({ kind }) => kind === 'run.ended');
  // The end of a run that crashed holds neither its answers nor its decision.
  const crashed = new Set(ended.filter(({ body }) => !body.guards).map(({ body }) => body.run));
  const orders = entries.filter(({ body }) => body.event !== undefined);
  const approvals = orders.filter(({ kind }) => kind === 'responder.approve');
  yield* compare('run', ended.map(runOf), runRows(record.runs, crashed));
  yield* compare(
    'guard',
    ended.flatMap(({ body: { run, guards = [] } }) => guards.map((guard) => ({ run, ...guard }))),
    record.guards.filter(({ run }) => !crashed.has(run)),
  );
  yield* compare(
    'approver',
    approvals.map(({ at, body: { object, person, caller } }) => ({
      approval: object?.id,
      person,
      caller,
      at,
    })),
    record.approvers,
  );
  yield* compare('command', commandsOf(entries), record.commands.map(commandRow));
  yield* compare('told', toldOf(entries), record.told.map(toldRow));
  yield* compare(
    'audit_event',
    orders.map(({ kind, at, body: { event, person, object, caller, why } }) => {
      return { event, at, person, action: kind, ...object, metadata: { caller, why } };
    }),
    record.events,
  );
  yield* compare(
    'audit_event',
    entries
      .filter(({ kind }) => kind.startsWith('remediation.'))
      .map(({ kind, at, body: { run, what, why } }) => {
        return { at, actor: run, action: kind, metadata: { run, what, why } };
      }),
    record.remediations,
  );
  yield* evidenceRowFaults(ended, record.evidence, answers);
}

/** Its chain reports an entry that cannot be read. Texts are compared as PostgreSQL takes them. */
function entryOf({ chain, at, kind, body }: AuditRow): Entry[] {
  const storable = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? storableText(value) : value;
  try {
    return [{ chain, at, kind, body: JSON.parse(body, storable) as Body }];
  } catch {
    return [];
  }
}

const runOf = ({ at, body: { run, playbook, outcome, why, recordSha256 } }: Entry) => ({
  run,
  playbook,
  at,
  outcome,
  why,
  recordSha256,
});

const runRows = (runs: RecordRows['runs'], crashed: ReadonlySet<string | undefined>): object[] =>
  runs.map(({ decision, finding, planSha256, ...run }) =>
    crashed.has(run.run)
      ? run
      : {
          ...run,
          recordSha256: canonicalHash({ decision, finding, planSha256 }),
        },
  );

function commandsOf(entries: readonly Entry[]): object[] {
  const answers = new Map(
    entries
      .filter(({ kind }) => kind === 'command.answered')
      .map(({ body: { nonce, sha256 } }) => [nonce, sha256]),
  );
  const given = entries
    .filter(({ kind }) => kind === 'command.given')
    .map(({ at, body }) => ({ ...body, at, answer: answers.get(body.nonce) }));
  const unasked = [...answers.keys()].filter((nonce) => !given.some((one) => one.nonce === nonce));
  return [...given, ...unasked.map((nonce) => ({ nonce }))];
}

const commandRow = ({ command, answer, ...row }: RecordRows['commands'][number]): object => ({
  ...row,
  sha256: canonicalHash(command),
  ...(answer !== null && { answer: canonicalHash(answer) }),
});

/** The last entry about a message to somebody is what its row says. */
const toldOf = (entries: readonly Entry[]): object[] => {
  const told = entries.filter(({ kind }) => kind === 'people.told');
  const last = new Map(told.map(({ chain, body }) => [messageOf(chain, body), { incident: chain, ...body }]));
  return [...last.values()];
};

const messageOf = (incident: string, body: object): string => {
  const { episode, kind, severity, level, batch, recipient } = body as Record<string, unknown>;
  return canonicalJson([incident, episode, kind, severity, level, batch, recipient]);
};

const toldRow = ({ incident, episode, told }: RecordRows['told'][number]): object => {
  const { message, ...rest } = told ?? {};
  return { incident, episode, ...message, ...rest };
};

function* evidenceRowFaults(
  ended: readonly Entry[],
  rows: RecordRows['evidence'],
  answers: Answers,
): Generator<Fault> {
  const kept = new Set(
    ended.flatMap(({ body: { run, evidence = [] } }) => evidence.map(({ key }) => `${run} ${key}`)),
  );
  for (const one of rows) {
    const row = { ...one, rows: one.rows ?? ['none'], rowCount: one.rowCount ?? -1 };
    const where = `row ${row.key} of ${row.run} in responder.evidence`;
    if (!kept.has(`${row.run} ${row.key}`)) yield { where, what: 'no entry of the audit holds it' };
    const body = answers.get(`${row.run} ${row.key}`);
    const count = body?.length ?? Math.max(row.rows.length, row.rowCount);
    if (row.rowCount !== count)
      yield { where, what: 'it counts other rows', expected: `${count}`, found: `${row.rowCount}` };
    const whole = wholeAnswer(row, body);
    if (whole === undefined) continue;
    const found = evidenceHash({ ...row, rows: whole });
    if (found !== row.sha256)
      yield { where, what: 'its answer is not what was hashed', expected: row.sha256, found };
  }
}

/** Of long answers a row holds only the first part, and of old ones nothing: the body in the bucket has the rest. */
function wholeAnswer(
  { rows, rowCount }: { rows: unknown[]; rowCount: number },
  body: readonly unknown[] | undefined,
): unknown[] | undefined {
  if (!body) return rows.length < rowCount ? undefined : rows;
  return [...rows, ...body.slice(rows.length)];
}

function* compare(table: string, held: readonly object[], there: readonly object[]): Generator<Fault> {
  const [wanted, found] = [held, there].map((rows) => new Set(rows.map((row) => canonicalJson(row))));
  for (const row of wanted ?? [])
    if (!found?.has(row))
      yield { where: `table ${table}`, what: 'a row that the audit holds is not there', expected: row };
  for (const row of found ?? [])
    if (!wanted?.has(row)) yield { where: `table ${table}`, what: `no entry of the audit holds ${row}` };
}
