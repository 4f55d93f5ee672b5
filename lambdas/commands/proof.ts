import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Settings } from '../platform/settings.ts';

/**
 * The proof of a command: its sender signs a question to STS, "who am I?", with the command's hash among what is
 * signed. Whoever holds it can ask that one question and nothing else, and cannot put another command beside it.
 * What client and function must agree on is here.
 */

/** The signed header that binds the proof to its command. */
export const COMMAND_HEADER = 'x-responder-command';

/** Body of the question. The function writes it itself: a sender who chose it could have STS say anything. */
export const IDENTITY_QUESTION = 'Action=GetCallerIdentity&Version=2011-06-15';

export const QUESTION_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';

/** SHA-256 of the command as it is sent, whatever the order of its keys. */
export const commandHash = (command: unknown): string =>
  createHash('sha256').update(canonicalJson(command)).digest('hex');

/**
 * STS of the Region, never the one of the whole partition: the signature names the Region, and so a proof is worth
 * nothing in another.
 * @param env may name an endpoint, as for every AWS client: the sandbox's
 */
export function stsEndpoint(
  { partition, region }: Pick<Settings, 'partition' | 'region'>,
  env: Readonly<Record<string, string | undefined>>,
): URL {
  const named = env['AWS_ENDPOINT_URL_STS'] ?? env['AWS_ENDPOINT_URL'];
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(named ?? `https://sts.${region}.${domain}/`);
}
