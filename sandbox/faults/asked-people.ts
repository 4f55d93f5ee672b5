import { asPerson, askedIn, type Asked } from '../as-person.ts';
import { emailTextOf } from '../../emulator/aws/sns-message-structure.ts';
import type { PersonName } from '../people.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Step } from './fault.ts';
import { callOf, hoursAgo, onceSeen } from './steps.ts';

/** What one person types about the message that they were sent. */
type Answer = (asked: Asked) => readonly [who: PersonName, typed: readonly string[]];

export const approves =
  (who: PersonName): Answer =>
  ({ approve }) => [who, approve];
export const refuses =
  (who: PersonName, reason: string): Answer =>
  ({ refuse }) => [who, [...refuse, '--reason', reason]];

/** So long it takes until somebody has read a message, and until the next one has. */
const READING_HOURS = 1 / 6;

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

/** The same before anything is broken. */
export const ordered =
  (who: PersonName, ...typed: readonly string[]): Step =>
  (sandbox) =>
    orders(sandbox, who, ...typed);

/** From now on the playbook acts only with people's approval. */
export const withApproval = (playbook: string): Step =>
  ordered('sre-one', 'trust', playbook, 'approve', '--reason', 'people look first');

/** An attribute of a message that is being published, of type String. */
function attributeOf(publish: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const attributes = publish['MessageAttributes'] as Record<string, { StringValue?: string }> | undefined;
  return attributes?.[name]?.StringValue;
}

/** Calls `then` with the first message of this kind to people: `approval`, or an outcome. */
export const onceNotified = (
  sandbox: Sandbox,
  kind: string,
  then: (message: string, run: string) => void,
): void =>
  onceSeen(
    sandbox,
    callOf('Publish', ({ input }) => attributeOf(input, 'event') === kind),
    ({ call: { input } }) => then(emailTextOf(input), attributeOf(input, 'run') ?? ''),
  );

/** Minutes after the first message of this kind each of these acts on it, one after the other. */
export const whenNotified =
  (
    kind: string,
    ...read: readonly ((sandbox: Sandbox, message: string, run: string) => Promise<void>)[]
  ): Step =>
  (sandbox) =>
    onceNotified(sandbox, kind, (message, run) => {
      for (const [i, act] of read.entries()) {
        const at = hoursAgo(sandbox, -(i + 1) * READING_HOURS);
        sandbox.clock.at(`fault.people-${kind}-${i}`, at, () => act(sandbox, message, run));
      }
    });

/** Each of these answers the first request for approval, one after the other. */
export const whenAsked = (...answers: readonly Answer[]): Step =>
  whenNotified(
    'approval',
    ...answers.map((answer) => (sandbox: Sandbox, message: string) => {
      const [who, typed] = answer(askedIn(message));
      return orders(sandbox, who, ...typed);
    }),
  );
