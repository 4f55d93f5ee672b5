import { createHash } from 'node:crypto';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Settings } from '../platform/settings.ts';

/**
 * The proof of a command: its sender signs the question "who am I?" to STS, with the command's hash in
 * a signed header. Its holder can ask only that, and cannot exchange the command. Client and function
 * share this file.
 */

export const COMMAND_HEADER = 'x-responder-command';

/** Written by the function: a sender who chose it could make STS answer anything. */
export const IDENTITY_QUESTION = 'Action=GetCallerIdentity&Version=2011-06-15';

export const QUESTION_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';

/** SHA-256 of the command as sent, whatever the order of its keys. */
export const commandHash = (command: unknown): string =>
  createHash('sha256').update(canonicalJson(command)).digest('hex');

/**
 * STS of the Region, never the partition's: the signature names the Region, so a proof is worthless in
 * another.
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
