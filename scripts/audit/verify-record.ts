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

/**
 * The record is held against the chains' entries both ways: what was changed, removed, or put beside. It takes a chain
 * at a time or part of one, and keeps only what has found nothing like it yet.
 */
export class RecordCheck {
  readonly #alone = new Map<string, Record<'held' | 'there', Set<string>>>();
  /** By nonce; an answer may come in another part. */
  readonly #given = new Map<string, object>();
  readonly #answers = new Map<string, string | undefined>();

  /** @returns what is wrong already */
  add(rows: readonly AuditRow[], record: RecordRows, answers: Answers): Fault[] {
    const entries = rows.flatMap(entryOf);
    const ended = entries.filter(({ kind }) => kind === 'run.ended');
    // The end of a run that crashed holds neither its answers nor its decision.
    const crashed = new Set(ended.filter(({ body }) => !body.guards).map(({ body }) => body.run));
    const orders = entries.filter(({ body }) => body.event !== undefined);
    const approvals = orders.filter(({ kind }) => kind === 'responder.approve');
    this.#match('run', ended.map(runOf), runRows(record.runs, crashed));
    this.#match(
      'guard',
      ended.flatMap(({ body: { run, guards = [] } }) => guards.map((guard) => ({ run, ...guard }))),
      record.guards.filter(({ run }) => !crashed.has(run)),
    );
    this.#match(
      'approver',
      approvals.map(({ at, body: { object, person, caller } }) => ({
        approval: object?.id,
        person,
        caller,
        at,
      })),
      record.approvers,
    );
    this.#match('command', this.#answered(entries), record.commands.map(commandRow));
    this.#match('told', toldOf(entries), record.told.map(toldRow));
    this.#match(
      'audit_event',
      orders.map(({ kind, at, body: { event, person, object, caller, why } }) => {
        return { event, at, person, action: kind, ...object, metadata: { caller, why } };
      }),
      record.events,
    );
    this.#match(
      'audit_event',
      entries
        .filter(({ kind }) => kind.startsWith('remediation.'))
        .map(({ kind, at, body: { run, what, why } }) => {
          return { at, actor: run, action: kind, metadata: { run, what, why } };
        }),
      record.remediations,
    );
    return [...evidenceRowFaults(ended, record.evidence, answers)];
  }

  /** After the last part of a chain: what nothing is like. */
  *end(): Generator<Fault> {
    const unasked = [...this.#answers.keys()].map((nonce) => ({ nonce }));
    this.#match('command', [...this.#given.values(), ...unasked], []);
    for (const [table, { held, there }] of this.#alone) {
      for (const row of held)
        yield { where: `table ${table}`, what: 'a row that the audit holds is not there', expected: row };
      for (const row of there) yield { where: `table ${table}`, what: `no entry of the audit holds ${row}` };
    }
    for (const kept of [this.#alone, this.#given, this.#answers]) kept.clear();
  }

  #match(table: string, held: readonly object[], there: readonly object[]): void {
    const alone = this.#alone.get(table) ?? { held: new Set(), there: new Set() };
    this.#alone.set(table, alone);
    const [ours, theirs] = [held, there].map((rows) => new Set(rows.map((row) => canonicalJson(row))));
    for (const row of ours ?? []) if (!alone.there.delete(row)) alone.held.add(row);
    for (const row of theirs ?? []) if (!alone.held.delete(row)) alone.there.add(row);
  }

  /** Commands with the hash of their answer; one without stays until the end. */
  #answered(entries: readonly Entry[]): object[] {
    const done: object[] = [];
    for (const { kind, at, body } of entries) {
      const { nonce = '', sha256: hash } = body;
      if (kind === 'command.given') this.#given.set(nonce, { ...body, at });
      else if (kind === 'command.answered') this.#answers.set(nonce, hash);
      else continue;
      const given = this.#given.get(nonce);
      if (!given || !this.#answers.has(nonce)) continue;
      done.push({ ...given, answer: this.#answers.get(nonce) });
      this.#given.delete(nonce);
      this.#answers.delete(nonce);
    }
    return done;
  }
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
