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
/** Of HTTP: nothing was done, and it may be signed and sent again. */
const NOT_DONE = [403, 503];

/** @throws what the person was answered, unless it was done */
export async function orders(sandbox: Sandbox, who: PersonName, ...typed: readonly string[]): Promise<void> {
  let { ok, text, status } = await asPerson(sandbox, who, typed);
  for (let tries = 1; NOT_DONE.includes(status) && tries < TRIES; tries++)
    ({ ok, text, status } = await asPerson(sandbox, who, typed));
  if (!ok) throw new Error(`${who} typed "${typed.join(' ')}", and was answered: ${text}`);
}

/** An attribute of a message that is being published, of type String. */
export function attributeOf(publish: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const attributes = publish['MessageAttributes'] as Record<string, { StringValue?: string }> | undefined;
  return attributes?.[name]?.StringValue;
}

/** Calls `read` minutes after people were sent the first message of this kind: `approval`, or an outcome. */
export function whenTold(
  sandbox: Sandbox,
  kind: string,
  ...read: readonly ((message: string, run: string) => Promise<void>)[]
): void {
  const { clock } = sandbox;
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== 'Publish') return;
    const { input } = seen.call;
    if (attributeOf(input, 'event') !== kind) return;
    unwatch();
    const message = emailTextOf(input);
    const run = attributeOf(input, 'run') ?? '';
    for (const [i, act] of read.entries()) {
      const at = new Date(clock.now().getTime() + (i + 1) * READING_MINUTES * MINUTE_MS);
      clock.at(`fault.people-${kind}-${i}`, at, () => act(message, run));
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
