import type { Ledger } from '../platform/ledger/queryable.ts';
import type { FollowUp } from '../domain/escalation-message.ts';
import { DRAFTS, putJira, type EpisodeState, type MessageRecord } from '../record/calls.ts';
import type { Settings } from '../platform/settings.ts';
import type { EpisodeCall } from './call.ts';
import { JiraError } from './jira/error.ts';

export interface FollowUpDependencies {
  readonly settings: Settings;
  readonly pool: () => Ledger;
  readonly now: Date;
}

/**
 * Each may be repeated: opening and commenting on an issue are idempotent by incident, a draft by its
 * record.
 */
export interface FollowUpTools {
  readonly openIssue: (
    call: EpisodeCall,
    state: EpisodeState,
    world: FollowUpDependencies,
  ) => Promise<{ key: string; url: string }>;
  readonly comment: (call: EpisodeCall, state: EpisodeState, world: FollowUpDependencies) => Promise<void>;
  readonly draft: (call: EpisodeCall, world: FollowUpDependencies) => Promise<void>;
}

interface Order {
  readonly kind: FollowUp;
  readonly dueAt: string;
}

/** What is done once for an episode, and retried until it succeeds. @returns how it ended; it does not throw */
export type RunFollowUp = (
  order: Order,
  call: EpisodeCall,
  state: EpisodeState,
  world: FollowUpDependencies,
) => Promise<MessageRecord>;

export const createFollowUps =
  (tools: FollowUpTools): RunFollowUp =>
  async (order, call, state, world) => {
    const at = world.now.toISOString();
    const tried = tryOf(order, state, at);
    if (order.kind !== 'draft' && !world.settings.people.jira)
      return { ...tried, toldAt: null, confirmed: 0, why: 'no Jira is configured' };
    try {
      if (order.kind === 'jira') {
        const issue = await tools.openIssue(call, state, world);
        await putJira(world.pool(), call.incident, call.episode, { ...issue, at });
      } else if (order.kind === 'jira-comment') await tools.comment(call, state, world);
      else await tools.draft(call, world);
      return { ...tried, toldAt: at };
    } catch (error) {
      return notDone(order, state, at, (error as Error).message, laterOf(error, at));
    }
  };

/** The first failure stays on record: it is why it was late. */
export function notDone(
  order: Order,
  state: EpisodeState,
  at: string,
  message: string,
  later: Pick<MessageRecord, 'notBefore'> = {},
): MessageRecord {
  const tried = tryOf(order, state, at);
  return { ...tried, toldAt: null, why: tried.why ?? `first tried at ${at}: ${message}`, ...later };
}

/** A service that asks for more than a day is mistaken. */
const LONGEST_AFTER_SECONDS = 86_400;

function laterOf(error: unknown, at: string): Pick<MessageRecord, 'notBefore'> {
  if (!(error instanceof JiraError) || error.retryAfterSeconds === undefined) return {};
  const seconds = Math.min(error.retryAfterSeconds, LONGEST_AFTER_SECONDS);
  return { notBefore: new Date(Date.parse(at) + seconds * 1_000).toISOString() };
}

function tryOf({ kind, dueAt }: Order, { told }: EpisodeState, at: string): MessageRecord {
  const before = told.find(({ message }) => message.kind === kind);
  const recipient = kind === 'draft' ? DRAFTS : 'jira';
  const tries = (before?.tries ?? 0) + 1;
  return {
    message: { kind },
    recipient,
    dueAt,
    toldAt: null,
    confirmed: null,
    tries,
    triedAt: at,
    byRun: null,
    why: before?.why ?? null,
  };
}
