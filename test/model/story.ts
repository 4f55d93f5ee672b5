import type { Cause, RunRequest } from '../../lambdas/domain/run-request.ts';
import type { LedgerWatch, Note } from './ledger-watch.ts';
import type { ExecutionRecord } from '../../emulator/lambda/durable-record.ts';
import type { Orders } from './orders.ts';
import type { WireWatch } from './wire-watch.ts';

/** What the rules see of a world in which runs were at work. */
export interface Observed {
  readonly ledger: LedgerWatch;
  readonly wire: WireWatch;
  readonly orders: Orders;
  runs(): readonly ExecutionRecord[];
}

/** A change of Commercial-Ops, with the moment from which it was being prepared. */
export interface Act {
  readonly run: string;
  readonly name: string;
  readonly at: Date;
  /** The acting role was assumed: whoever forbade it before that must have been heard. */
  readonly prepared: Date;
  readonly preparedWall: number;
  readonly wall: number;
  readonly period?: string;
  readonly action?: string;
  /** Of a change in the ledger. */
  readonly usd?: number;
}

/** The moment at which a run took its locks. */
export interface Claim {
  readonly seq: number;
  readonly at: Date;
}

export interface RunStory {
  readonly run: string;
  readonly playbook: string;
  readonly cause: Cause;
  readonly target: string;
  readonly acts: readonly Act[];
  readonly claim: Claim | undefined;
  readonly outcome: string | undefined;
  readonly incident: string | undefined;
  readonly endedAt: Date | undefined;
}

/** All of a sequence so far, as the model's own eyes have it: the wire, the triggers, and Lambda's list of executions. */
export interface Story {
  readonly world: Observed;
  readonly notes: readonly Note[];
  readonly acts: readonly Act[];
  readonly runs: ReadonlyMap<string, RunStory>;
  /** Runs that have changed something, in the order of their claims. */
  readonly acting: readonly (RunStory & { readonly claim: Claim })[];
}

const IN_FLIGHT_MS = 20_000;

export function storyOf(world: Observed): Story {
  const { notes } = world.ledger;
  const acts = [...wireActs(world), ...ledgerActs(world)].sort((a, b) => a.wall - b.wall);
  const runs = new Map(
    world.runs().map((record) => {
      const input = JSON.parse(record.input) as RunRequest;
      const { outcome, incident } = JSON.parse(record.result ?? '{}') as {
        outcome?: string;
        incident?: string;
      };
      const opened = notes.find(({ table, row }) => table === 'run' && row['run_id'] === input.run);
      return [
        input.run,
        {
          run: input.run,
          playbook: input.playbook,
          cause: input.cause,
          outcome,
          incident,
          target: typeof opened?.row['target_key'] === 'string' ? opened.row['target_key'] : '',
          acts: acts.filter(({ run }) => run === input.run),
          claim: claimOf(world, input.run),
          endedAt: record.endedAt === undefined ? undefined : new Date(record.endedAt),
        } satisfies RunStory,
      ];
    }),
  );
  const acting = [...runs.values()].flatMap((run) =>
    run.acts.length > 0 && run.claim ? [{ ...run, claim: run.claim }] : [],
  );
  acting.sort((a, b) => a.claim.seq - b.claim.seq);
  return { world, notes, acts, runs, acting };
}

function claimOf({ ledger, wire }: Observed, run: string): Claim | undefined {
  const own = ledger.notes.find(
    ({ table, row }) =>
      table === 'lock' && row['run_id'] === run && String(row['resource']).startsWith('run/'),
  );
  return own && { seq: own.seq, at: wire.timeOf(own.wall) };
}

const wireActs = (world: Observed): Act[] =>
  world.wire.sent.map((sent) => ({ ...sent, ...preparedFor(world, sent) }));

/** A change that the responder makes in the ledger itself leaves its row there; one that only says that a topic was told is none. */
function ledgerActs(world: Observed): Act[] {
  return world.ledger.notes.flatMap(({ table, row, wall }) => {
    if (table !== 'job_run' || !String(row['job']).startsWith('responder.')) return [];
    const result = (row['result'] ?? {}) as Readonly<Record<string, unknown>>;
    if ('message_id' in result) return [];
    const action = String(row['run_id']);
    const sent = { run: action.replace(/-\d+$/, ''), wall, at: world.wire.timeOf(wall) };
    return [
      {
        ...sent,
        ...preparedFor(world, sent),
        action,
        name: `ledger:${String(row['job']).replace('responder.', '')}`,
        usd: Number(result['total_usd'] ?? 0),
      },
    ];
  });
}

function preparedFor(
  { wire }: Observed,
  sent: { run: string; wall: number; at: Date },
): Pick<Act, 'prepared' | 'preparedWall'> {
  const assumed = wire.assumed.findLast(({ run, wall }) => run === sent.run && wall <= sent.wall);
  return assumed
    ? { prepared: assumed.at, preparedWall: assumed.wall }
    : { prepared: new Date(sent.at.getTime() - IN_FLIGHT_MS), preparedWall: sent.wall - IN_FLIGHT_MS };
}

/** The last row that was noted of something, before the note of that number. */
export const lastBefore = (
  notes: readonly Note[],
  table: string,
  seq: number,
  matches: (row: Note['row']) => boolean,
): Note['row'] | undefined =>
  notes.findLast((note) => note.table === table && note.seq < seq && matches(note.row))?.row;

export const timeIn = (row: Note['row'] | undefined, column: string): number =>
  Date.parse(String(row?.[column]));
