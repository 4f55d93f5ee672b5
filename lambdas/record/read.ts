import { firstRow, type Queryable } from '../platform/ledger/queryable.ts';
import type { Evidence } from '../domain/evidence.ts';
import { iso } from './episode-status.ts';
import { RunRequest } from '../domain/run-request.ts';

/** A run for people: what it decided, did and found, and its cost. */
export interface RunStatus {
  readonly run: string;
  readonly incident: string;
  readonly playbook: string;
  readonly target: Record<string, string>;
  readonly mode: string;
  /** Null while it is in progress. */
  readonly outcome: string | null;
  readonly why: string | null;
  readonly openedAt: string;
  readonly endedAt: string | null;
  readonly replayOf: string | null;
  readonly joinedRun: string | null;
  readonly operations: number | null;
  readonly ledgerWrites: number | null;
  readonly decision: unknown;
  readonly effect: unknown;
  /** What started it, in words. */
  readonly cause: string;
  /** The request, and who has approved. */
  readonly approval: {
    readonly id: string;
    readonly state: string;
    readonly people: number;
    readonly expiresAt: string;
    readonly why: string | null;
    readonly approvers: readonly { person: string; at: string }[];
  } | null;
  readonly steps: readonly {
    name: string;
    at: string;
    tell: string;
    /** Of a sending: the guards' answers right before it. */
    guards: readonly { guard: string; answer: string; figures: string }[] | null;
  }[];
  readonly guards: readonly { slot: string; guard: string; answer: string; figures: string }[];
  readonly evidence: readonly { key: string; query: string; rows: number; sha256: string }[];
}

export interface RecordReader {
  status(run: string): Promise<RunStatus | undefined>;
  requestOf(run: string): Promise<RunRequest | undefined>;
  findingOf(run: string): Promise<unknown>;
}

const STATUS = `
select r.run_id as run, r.incident_id as incident, r.playbook, r.target, r.mode, r.outcome, r.why,
       ${iso('r.opened_at')} as "openedAt", ${iso('r.ended_at')} as "endedAt", r.replay_of as "replayOf", r.joined_run as "joinedRun",
       r.operations, r.ledger_writes as "ledgerWrites", r.decision, r.effect,
       case r.request #>> '{cause,kind}'
         when 'alarm' then 'alarm ' || r.alarm || coalesce(', only claimed: ' || (r.request #>> '{cause,unproven}'), '')
         when 'sweep' then 'alarm ' || r.alarm || ', which the sweep found still in ALARM'
         when 'recovery' then 'a look whether incident ' || (r.request #>> '{cause,incident}') || ' is over'
         when 'upstream' then 'incident ' || (r.request #>> '{cause,incident}') || ', for which others wait'
         when 'undo' then 'undo of ' || (r.request #>> '{cause,of}') || ', by ' || (r.request #>> '{cause,by}')
         when 'replay' then 'replay of ' || (r.request #>> '{cause,of}') || ', by ' || (r.request #>> '{cause,by}')
         else 'asked for by ' || (r.request #>> '{cause,by}') || ': ' || (r.request #>> '{cause,reason}') end as cause,
       (select json_build_object('id', a.approval_id, 'state', a.state, 'people', a.people, 'expiresAt', a.expires_at,
                                 'why', a.decided_why,
                                 'approvers', (select coalesce(json_agg(json_build_object('person', p.person, 'at', p.at)
                                                                        order by p.at), '[]')
                                               from responder.approver p where p.approval_id = a.approval_id))
        from responder.approval a where a.run_id = r.run_id) as approval,
       (select coalesce(json_agg(json_build_object('name', s.name, 'at', s.ended_at, 'tell', s.tell,
                                                   'guards', s.detail -> 'guards') order by s.seq), '[]')
        from responder.step s where s.run_id = r.run_id) as steps,
       (select coalesce(json_agg(json_build_object('slot', g.slot, 'guard', g.guard, 'answer', g.answer,
                                                   'figures', g.figures) order by g.checked_at, g.guard), '[]')
        from responder.guard g where g.run_id = r.run_id) as guards,
       (select coalesce(json_agg(json_build_object('key', e.key, 'query', e.query, 'rows', e.row_count,
                                                   'sha256', e.sha256) order by e.key), '[]')
        from responder.evidence e where e.run_id = r.run_id) as evidence
from responder.run r where r.run_id = $1`;

const REQUEST = `select request from responder.run where run_id = $1`;
const FINDING = `select finding from responder.run where run_id = $1`;

export const createRecordReader = (ledger: Queryable): RecordReader => ({
  status: (run) => firstRow<RunStatus>(ledger, STATUS, [run]),
  async requestOf(run) {
    const row = await firstRow<{ request: unknown }>(ledger, REQUEST, [run]);
    return row && RunRequest.parse(row.request);
  },
  async findingOf(run) {
    return (await firstRow<{ finding: unknown }>(ledger, FINDING, [run]))?.finding ?? undefined;
  },
});

const EXCERPT = `
select source, query, parameters, rows from responder.evidence where run_id = $1 and key = $2`;

/** A run's evidence in the ledger: its first rows. */
export const evidenceOf = (on: Queryable, run: string, key: string): Promise<Evidence | undefined> =>
  firstRow<Evidence>(on, EXCERPT, [run, key]);
