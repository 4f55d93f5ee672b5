import type { EscalationDependencies } from './dependencies.ts';
import { completeCallback } from '../platform/complete-callback.ts';
import type { Attempt, Journal } from '../platform/journal.ts';
import { log } from '../platform/log.ts';
import { messageName, receiptOf, type FollowUp } from '../domain/escalation-message.ts';
import { offerCallback, raiseByPersistence, type EpisodeState, type MessageRecord } from '../record/calls.ts';
import { auditRefusedOrder } from '../record/orders.ts';
import { callIdOf } from '../record/start-escalation.ts';
import type { EpisodeCall } from './call.ts';
import { notDone } from './follow-ups.ts';
import { lookAt, moveOf, type Look } from './look.ts';
import type { Move } from './next-move.ts';
import { tell } from './tell.ts';

export interface Escalated {
  readonly incident: string;
  readonly episode: number;
  readonly why: string;
  readonly operations: number;
}

/** What the execution keeps between two checks. */
interface Known {
  readonly state: EpisodeState | undefined;
  /** Sent, but not yet on record: the ledger was unavailable. */
  readonly unwritten: readonly MessageRecord[];
}

const HOUR_SECONDS = 3_600;
/** An execution may have 3,000 operations; a few are left for its end. */
const MOST_OPERATIONS = 2_900;

/**
 * Checks the episode, makes the next move, and checks again, until nothing is left to do. All state is
 * in the record, so that a new execution continues where the last one ended; without the ledger it
 * uses what it was started with and has sent itself.
 */
export async function escalate(
  call: EpisodeCall,
  journal: Journal,
  world: EscalationDependencies,
): Promise<Escalated> {
  const { incident, episode } = call;
  const ended = (why: string): Escalated => ({ incident, episode, why, operations: journal.operations });
  let known: Known = { state: undefined, unwritten: [] };
  for (let i = 1; ; i++) {
    const look = await journal.repeatable<Look | Unproven>(
      `look-${i}`,
      async (attempt) =>
        // In the first step, so that a key that is replaced later does not stop it.
        (i === 1 ? await unproven(call, world, attempt) : undefined) ??
        lookAt(call, known, world, attempt.isLast),
      (value) => ('fault' in value ? { tell: value.fault } : tellLook(value)),
    );
    if ('fault' in look || look.misfit !== undefined)
      throw new Error(
        `nobody is called for ${incident}, episode ${episode}: ${'fault' in look ? look.fault : look.misfit}. Find out ` +
          'in CloudTrail who invoked the function; the sweep calls for every open incident',
      );
    if (look.elsewhere !== undefined) return ended(`its runs belong to incident ${look.elsewhere}`);
    known = { state: look.state, unwritten: look.onRecord ? (look.unfit ?? []) : known.unwritten };
    const move = moveOf(look, world);
    if (move.kind === 'end') return ended(move.why);
    if (journal.operations > MOST_OPERATIONS)
      throw new Error(
        `${incident} has taken ${journal.operations} operations: nobody is called any more by this execution`,
      );
    const told = await make(move, i, look, { call, journal, world });
    known = { ...known, unwritten: [...known.unwritten, ...told] };
  }
}

interface Unproven {
  readonly fault: string;
}

/** A refused order is audited, and lies among the dead letters. */
async function unproven(
  call: EpisodeCall,
  { orderFault, pool, now }: EscalationDependencies,
  attempt: Attempt,
): Promise<Unproven | undefined> {
  const found = await attempt.known(orderFault);
  const fault = found.ok ? found.value : `whether its order is ours can't be checked: ${found.why}`;
  if (fault === undefined) return undefined;
  const id = callIdOf(call);
  await auditRefusedOrder(pool(), { executor: 'episode', id, fault, at: now() }).catch((error: unknown) =>
    log.error('a refused order could not be audited', { id, fault, error }),
  );
  return { fault };
}

const tellLook = ({ state, onRecord, elsewhere, misfit }: Look): { tell: string } => {
  if (misfit !== undefined) return { tell: misfit };
  if (elsewhere !== undefined) return { tell: `belongs to incident ${elsewhere}` };
  const { severity, acknowledged, closed } = state;
  const is = closed ? 'resolved' : acknowledged ? `acknowledged by ${acknowledged.by}` : 'not acknowledged';
  return { tell: `${severity}, ${is}${onRecord ? '' : ' as far as is known: it is not on record'}` };
};

interface Making {
  readonly call: EpisodeCall;
  readonly journal: Journal;
  readonly world: EscalationDependencies;
}

/** @returns what it sent, for the record */
async function make(
  move: Exclude<Move, { kind: 'end' }>,
  i: number,
  look: Look,
  { call, journal, world }: Making,
): Promise<readonly MessageRecord[]> {
  switch (move.kind) {
    case 'wait':
      await wait(`wait-${i}`, move.until, look, { call, journal, world });
      return [];
    case 'raise':
      await journal.repeatable(
        `raise-${i}:${move.to}`,
        (attempt) => raise(call, move.to, world, attempt.isLast),
        (raised) => ({
          tell: raised ? `raised to ${move.to}: it is still open` : `not raised to ${move.to}`,
        }),
      );
      return [];
    case 'tell':
      return journal.repeatable(
        `tell-${i}:${messageName(move.message)}`,
        () => tell(move, call, look.state, world),
        (told) => ({ tell: told.map(tellTold).join('; ') || 'nobody: it has changed meanwhile' }),
      );
    case 'page':
      return [
        await journal.repeatable(
          `page-${i}:${move.pager}/${messageName(move.message)}`,
          () => world.page(move, call, look.state, world),
          (told) => ({ tell: tellTold(told) }),
        ),
      ];
    default:
      return [await runFollowUp(move, i, look, { call, journal, world })];
  }
}

/**
 * Begins at most once: after a crash, Jira must not be asked again before its search knows the issue.
 * An interruption is retried later, like a failure.
 */
async function runFollowUp(
  move: Move & { kind: FollowUp },
  i: number,
  { state, at }: Look,
  { call, journal, world }: Making,
): Promise<MessageRecord> {
  const { settings, pool, now } = world;
  const attempted = await journal.atMostOnce(
    `${move.kind}-${i}`,
    () => world.followUp(move, call, state, { settings, pool, now: now() }),
    (told) => ({ tell: tellTold(told) }),
  );
  return attempted.state === 'done' ? attempted.value : notDone(move, state, at, attempted.message);
}

const tellTold = (record: MessageRecord): string => {
  const { recipient, confirmed, why } = record;
  const what = messageName(record.message);
  return receiptOf(record) === 'told'
    ? `${what}: ${recipient}${confirmed === null ? '' : ` (${confirmed} subscriptions)`}`
    : `${what}: ${recipient} not notified (${why ?? 'nobody has subscribed'})`;
};

/**
 * The ledger decides whether it is still open: without it nothing is raised, and the next check tries
 * again.
 */
async function raise(
  { incident }: EpisodeCall,
  to: EpisodeState['severity'],
  { pool, now }: EscalationDependencies,
  last: boolean,
): Promise<boolean> {
  try {
    return await raiseByPersistence(pool(), incident, to, now().toISOString());
  } catch (error) {
    if (!last) throw error;
    log.warn('the severity could not be raised', { incident, to, error });
    return false;
  }
}

/** Until the deadline, or until the episode has changed. */
async function wait(
  name: string,
  until: string,
  look: Look,
  { call, journal, world }: Making,
): Promise<void> {
  const { settings, pool, tools } = world;
  const seconds = Math.max(1, Math.ceil((Date.parse(until) - Date.parse(look.at)) / 1_000));
  // While the ledger is unavailable or does not know the episode, no wake-up can arrive; after an hour
  // it checks hourly.
  const age = (Date.parse(look.at) - Date.parse(call.openedAt)) / 1_000;
  const again = age < HOUR_SECONDS ? settings.pace.recordRetry : HOUR_SECONDS;
  if (!look.onRecord) return journal.pause(name, Math.min(seconds, again));
  await journal.called(
    name,
    async (callbackId) => {
      const { incident, episode } = call;
      const { version } = look.state;
      const offered = await offerCallback(pool(), incident, episode, { callbackId, version });
      if (!offered) await completeCallback(tools, callbackId, 'changed meanwhile');
    },
    seconds,
  );
}
