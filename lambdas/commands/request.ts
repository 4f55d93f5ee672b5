import * as z from 'zod';
import { isObject, type JsonObject } from '../intake/alarm-events/json.ts';
import { checked } from '../platform/checked.ts';
import { refusal, type Refusal } from './refusal.ts';

/** As sent. Who sends it is proven, not stated. */
export const Command = z.strictObject({
  name: z.string().min(1).max(100),
  input: z.record(z.string(), z.unknown()).default({}),
  /** New for each command: a second arrival is a replay. */
  nonce: z.uuid().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
});
export type Command = z.infer<typeof Command>;

const Body = z.strictObject({
  command: z.record(z.string(), z.unknown()),
  /** Headers of the signed question to STS, by lower-case name. */
  proof: z.record(z.string(), z.string()).optional(),
});

export interface Sent {
  readonly command: Command;
  /** As received, which the proof covers. */
  readonly raw: JsonObject;
  readonly proof: Readonly<Record<string, string>> | undefined;
  /**
   * The caller according to the function's URL; undefined for a plain invoke. Not proven: a plain invoke
   * may state it, too.
   */
  readonly userArn: string | undefined;
}

/** A command is short, or a postmortem (at most 1 MB, here as JSON in base64). */
const LONGEST = 3_000_000;

const EXAMPLE =
  '{"command": {"name": "whoami", "input": {}, "nonce": "<UUID>", "at": "<time>"}, "proof": {…}}, as `npm run respond` sends it';

/** A function URL's event (payload format 2.0) is answered in HTTP. */
export const isUrlEvent = (event: unknown): boolean =>
  isObject(event) && isObject(event['requestContext']) && 'http' in event['requestContext'];

/** A function URL's event, or what a plain invoke sends instead. */
export function readRequest(event: unknown): Sent | Refusal {
  const content = isUrlEvent(event) ? bodyOf(event as JsonObject) : event;
  const body = checked(Body, content);
  if ('mistakes' in body) return unreadable('the request', body.mistakes);
  const command = checked(Command, body.data.command);
  if ('mistakes' in command) return unreadable('the command', command.mistakes);
  return {
    command: command.data,
    raw: body.data.command,
    proof: body.data.proof,
    userArn: userArnOf(event),
  };
}

function bodyOf({ body, isBase64Encoded }: JsonObject): unknown {
  if (typeof body !== 'string' || body.length > LONGEST) return undefined;
  try {
    return JSON.parse(isBase64Encoded === true ? Buffer.from(body, 'base64').toString('utf8') : body);
  } catch {
    return undefined;
  }
}

const Authorizer = z.object({
  requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string() }) }) }),
});

function userArnOf(event: unknown): string | undefined {
  const read = Authorizer.safeParse(event);
  return read.success ? read.data.requestContext.authorizer.iam.userArn : undefined;
}

const unreadable = (what: string, mistakes: string): Refusal =>
  refusal(400, `${what} cannot be read; nothing was done.\n${mistakes}\nWanted: ${EXAMPLE}.`);
