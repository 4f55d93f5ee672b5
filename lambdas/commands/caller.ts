import type { Caller } from '../domain/run-request.ts';
import type { Settings } from '../platform/settings.ts';
import { COMMAND_HEADER, commandHash, IDENTITY_QUESTION } from './proof.ts';
import type { Commander } from '../domain/people.ts';
import { personOf } from './person.ts';
import { refusal, type Refusal } from './refusal.ts';
import type { Sent } from './request.ts';

export interface CallerNeeds {
  readonly settings: Pick<Settings, 'account' | 'people'>;
  /** Of our own Region's STS: the sender does not choose it. */
  readonly sts: URL;
}

/** What the signature may cover: all that we pass on, and nothing else. */
const PASSED_ON = new Set([
  'content-type',
  'host',
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  COMMAND_HEADER,
]);

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=[\w+=,.@/-]+,\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=[0-9a-f]{64}$/;

const STS_TIMEOUT_MS = 5_000;

/** A listed person, and their ARN. */
export interface ProvenPerson {
  readonly caller: Caller;
  readonly may: Commander['may'];
}

/**
 * Who gave the command. Inside a function nothing proves that an event came by its URL, and a plain
 * invoke may carry any `userArn`. So the sender's signed question is put to STS, whose answer counts;
 * the URL's finding must agree with it.
 */
export async function provenCaller(
  { raw, proof, userArn }: Pick<Sent, 'raw' | 'proof' | 'userArn'>,
  needs: CallerNeeds,
): Promise<ProvenPerson | Refusal> {
  if (userArn === undefined || !proof) return unproven('it came without a signature of its sender');
  const fault = faultOf(proof, commandHash(raw));
  if (fault !== undefined) return unproven(fault);
  const answer = await ask(proof, needs.sts);
  if (typeof answer !== 'string') return answer;
  if (answer !== userArn)
    return unproven(`the request came from ${userArn}, and its proof was signed by ${answer}`);
  // A proof names only a Region: another account's responder may have seen it.
  if (answer.split(':')[4] !== needs.settings.account)
    return unproven(`${answer} is of another account than ${needs.settings.account}`);
  const person = personOf(answer, needs.settings.people.commanders);
  if (!person)
    return refusal(
      403,
      `${answer} is not listed as a person who may command the responder. Nothing was done; ask its owner for an entry in people.commanders of the configuration.`,
      answer,
    );
  return { caller: { arn: answer, person: person.name }, may: person.may };
}

function faultOf(proof: Readonly<Record<string, string>>, hash: string): string | undefined {
  const { authorization = '', ...others } = proof;
  const signed = AUTHORIZATION.exec(authorization)?.[1]?.split(';');
  if (!signed) return 'its proof has no "authorization" with a Signature Version 4';
  const foreign = [...signed, ...Object.keys(others)].filter((name) => !PASSED_ON.has(name));
  if (foreign.length > 0) return `its proof has ${foreign.join(', ')}, which no proof needs`;
  if (!signed.includes(COMMAND_HEADER)) return `its proof does not sign ${COMMAND_HEADER}`;
  if (proof[COMMAND_HEADER] !== hash) {
    return `its proof is of another command: ${COMMAND_HEADER} is ${proof[COMMAND_HEADER] ?? 'not there'}, this command's hash ${hash}`;
  }
  return undefined;
}

/** @returns the signer's ARN according to STS */
async function ask(proof: Readonly<Record<string, string>>, sts: URL): Promise<string | Refusal> {
  const { host: _ours, ...headers } = proof;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(sts, {
      method: 'POST',
      headers,
      body: IDENTITY_QUESTION,
      redirect: 'error',
      signal: AbortSignal.timeout(STS_TIMEOUT_MS),
    });
    text = await answer.text();
  } catch (error) {
    return unasked(String(error));
  }
  if (answer.status >= 500 || answer.status === 429) return unasked(`it answered ${answer.status}`);
  const arn = /<GetCallerIdentityResult>[^]*?<Arn>([^<]+)<\/Arn>/.exec(text)?.[1];
  if (answer.ok && arn !== undefined) return arn;
  const said = /<Message>([^<]+)<\/Message>/.exec(text)?.[1] ?? `status ${answer.status}`;
  return unproven(`STS does not take its proof: ${said}`);
}

const unasked = (why: string): Refusal =>
  refusal(503, `STS could not be asked who sent this (${why}): nothing was done. Sign it again and send it.`);

const unproven = (fault: string): Refusal =>
  refusal(403, `who sent this is not proven: ${fault}. Nothing was done; send it with \`npm run respond\`.`);
