import { causeOf } from '../platform/tell-error.ts';
import { isSameMessage, type EscalationMessage } from '../domain/escalation-message.ts';
import type { EpisodeState, MessageRecord } from '../record/calls.ts';
import type { EpisodeCall } from './call.ts';
import type { EscalationDependencies } from './dependencies.ts';
import type { Recipient } from '../domain/people.ts';
import { lookAt, merged, moveOf } from './look.ts';
import { messageOf } from './messages.ts';
import type { Message, Move } from './next-move.ts';

type Tell = Move & { kind: 'tell' };

/** A later message is late, and the record says why. */
const PUNCTUAL_MS = 60_000;

/**
 * Notifies each recipient, after counting subscriptions. The episode is read again: after a sleep or a
 * late resume, nobody is called for what is over. May be repeated: twice is better than never.
 * @returns the result by recipient; nothing when the episode has changed
 */
export async function tell(
  move: Tell,
  call: EpisodeCall,
  seen: EpisodeState,
  world: EscalationDependencies,
): Promise<MessageRecord[]> {
  const look = await lookAt(call, { state: seen, unwritten: [] }, world, true);
  const state = { ...look.state, told: merged(look.state.told, seen.told) };
  const still = moveOf({ ...look, state }, world);
  if (still.kind !== 'tell' || !isSameMessage(still.message, move.message)) return [];
  return Promise.all(move.to.map((recipient) => tellOne(recipient, move, { call, state, world })));
}

async function tellOne(
  recipient: Recipient,
  { message, byRun }: Tell,
  { call, state, world }: { call: EpisodeCall; state: EpisodeState; world: EscalationDependencies },
): Promise<MessageRecord> {
  const { settings, notify, subscriptions, now } = world;
  const { dueAt } = message;
  const topic = settings.topics[recipient];
  const before = state.told.find((one) => isSameMessage(one.message, message) && one.recipient === recipient);
  const tried = {
    message: identityOf(message),
    recipient,
    dueAt,
    tries: (before?.tries ?? 0) + 1,
    triedAt: now().toISOString(),
    byRun: null,
  };
  const confirmed = await subscriptions(topic).catch(() => null);
  if (confirmed === 0)
    return { ...tried, toldAt: null, confirmed, why: `nobody has confirmed a subscription to ${recipient}` };
  const run = byRun === undefined ? undefined : state.runs.find((one) => one.run === byRun);
  if (run) return { ...tried, toldAt: run.endedAt, confirmed, byRun: run.run, why: null };
  try {
    const text = await messageOf(message, recipient, { call, state, world, now: tried.triedAt });
    await notify(topic, text);
  } catch (error) {
    const why = before?.why ?? `first tried at ${tried.triedAt}: ${causeOf(error)}`;
    return { ...tried, toldAt: null, confirmed, why };
  }
  const toldAt = now().toISOString();
  const seconds = Math.round((Date.parse(toldAt) - Date.parse(dueAt)) / 1_000);
  const late = seconds * 1_000 > PUNCTUAL_MS ? `${seconds} s late` : undefined;
  const why = [late, before?.why].filter((part) => part).join('; ');
  return { ...tried, toldAt, confirmed, why: why || null };
}

/** What is kept of a message. */
function identityOf(message: Message): EscalationMessage {
  switch (message.kind) {
    case 'call':
      return { kind: message.kind, severity: message.severity, level: message.level };
    case 'joined':
      return { kind: message.kind, batch: message.batch };
    case 'acknowledged':
      return { kind: message.kind, severity: message.severity };
    default:
      return { kind: message.kind };
  }
}
