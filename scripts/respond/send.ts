import type { Answer } from '../../lambdas/commands/definition.ts';
import { signCommand, type SignedRequest, type SigningNeeds } from './sign.ts';
import type { Words } from './words.ts';

/** A signature holds for five minutes either way; a clock that is off by less is not what was wrong. */
const SKEW_MS = 4 * 60_000;
/** As long as the function may take, and the way there and back. */
const PATIENCE_MS = 40_000;

export type Told = Pick<Answer, 'ok' | 'text' | 'data'> & { readonly status: number };

/** Signs and sends the command; again by the receiver's clock, if that shows another time than ours. @param needs.clock by default this machine's */
export async function giveCommand(
  words: Words,
  { clock = Date.now, ...needs }: Omit<SigningNeeds, 'at'> & { readonly clock?: () => number },
): Promise<Told> {
  const sign = (offset: number): Promise<SignedRequest> =>
    signCommand(words, { ...needs, at: new Date(clock() + offset) });
  const first = await send(await sign(0));
  const there = Date.parse(first.headers.get('date') ?? '');
  const offset = there - clock();
  if (first.status !== 403 || !(Math.abs(offset) > SKEW_MS)) return toldBy(first);
  // Refused at the door: nothing has come of it.
  await first.body?.cancel();
  return toldBy(await send(await sign(offset)));
}

/** Whether it was done is unknown. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly exitCode = 3;
}

export async function send({ url, headers, body }: SignedRequest): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (cause) {
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new NoAnswerError(
      `the responder did not answer at ${url.href}: ${why}. Whether the command came through is unknown: check before you send it again.`,
      { cause },
    );
  }
}

/** The responder's own answer, or what AWS says in front of it. */
async function toldBy(response: Response): Promise<Told> {
  const text = await response.text();
  const answer = parsed(text);
  if (typeof answer['text'] === 'string' && typeof answer['ok'] === 'boolean') {
    const { ok, text: said, data } = answer as unknown as Answer;
    return { status: response.status, ok, text: said, data };
  }
  const said = [answer['Message'], answer['message']].find((one) => typeof one === 'string') ?? text;
  const remedy = REMEDIES[response.status];
  return {
    status: response.status,
    ok: false,
    text: `${response.status} ${said}${remedy === undefined ? '' : `\n${remedy}`}`,
  };
}

const REMEDIES: Readonly<Record<number, string>> = {
  403: 'Wanted: your own credentials (aws sts get-caller-identity says whose they are), with the managed policy responder-people-<Region>.',
  404: "Wanted: RESPONDER_URL or --url as the stack's output RespondUrl says it, with its whole path.",
  429: 'Too much is asked of it at once: send the command again in a moment.',
};

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
