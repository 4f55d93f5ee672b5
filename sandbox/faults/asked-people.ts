import { asPerson, askedIn, type Asked } from '../as-person.ts';
import { emailTextOf } from '../../emulator/aws/sns-message-structure.ts';
import type { PersonName } from '../people.ts';
import type { Sandbox } from '../sandbox.ts';

/** What one person types on what they were sent. */
type Answer = (asked: Asked) => readonly [who: PersonName, typed: readonly string[]];

export const approves =
  (who: PersonName): Answer =>
  ({ approve }) => [who, approve];
export const refuses =
  (who: PersonName, reason: string): Answer =>
  ({ refuse }) => [who, [...refuse, '--reason', reason]];

const MINUTE_MS = 60_000;
/** So long it takes until somebody has read a message, and until the next one has. */
const READING_MINUTES = 10;

/** As often as a person would type it again who reads that it has not come through. */
const TRIES = 3;

/** @throws what the person was answered, unless it was done */
export async function orders(sandbox: Sandbox, who: PersonName, ...typed: readonly string[]): Promise<void> {
  let { ok, text } = await asPerson(sandbox, who, typed);
  for (let tries = 1; !ok && /nothing was done/i.test(text) && tries < TRIES; tries++)
    ({ ok, text } = await asPerson(sandbox, who, typed));
  if (!ok) throw new Error(`${who} typed "${typed.join(' ')}", and was answered: ${text}`);
}

/** Calls `read` minutes after people were sent the first message of this kind: `approval`, or an outcome. */
export function whenTold(
  sandbox: Sandbox,
  kind: string,
  ...read: readonly ((message: string) => Promise<void>)[]
): void {
  const { clock } = sandbox;
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== 'Publish') return;
    if (!String(seen.call.input['Subject']).startsWith(`[${kind}]`)) return;
    unwatch();
    const message = emailTextOf(seen.call.input);
    for (const [i, act] of read.entries()) {
      const at = new Date(clock.now().getTime() + (i + 1) * READING_MINUTES * MINUTE_MS);
      clock.at(`fault.people-${kind}-${i}`, at, () => act(message));
    }
  });
}

/** Each of these answers the first message that asks for approval, one after the other. */
export const whenAsked = (sandbox: Sandbox, ...answers: readonly Answer[]): void =>
  whenTold(
    sandbox,
    'approval',
    ...answers.map((answer) => (message: string) => {
      const [who, typed] = answer(askedIn(message));
      return orders(sandbox, who, ...typed);
    }),
  );
