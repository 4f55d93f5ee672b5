import { randomUUID } from 'node:crypto';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import {
  COMMAND_HEADER,
  commandHash,
  IDENTITY_QUESTION,
  QUESTION_TYPE,
  stsEndpoint,
} from '../../lambdas/commands/proof.ts';
import type { Place } from './place.ts';
import type { Words } from './words.ts';

export interface SignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningNeeds {
  readonly place: Place;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By default the person's own, as every AWS client finds them. */
  readonly credentials?: STSClientConfig['credentials'];
  /** The receiver's time, as far as we know it. */
  readonly at: Date;
}

/** A command under a nonce of its own, with the proof of who gives it, both signed by the person's credentials. */
export async function signCommand(
  { name, input }: Pick<Words, 'name' | 'input'>,
  needs: SigningNeeds,
): Promise<SignedRequest> {
  const command = { name, input, nonce: randomUUID(), at: needs.at.toISOString() };
  const proof = await proofOf(command, needs);
  return signRequest({ command, proof }, needs);
}

/** The headers of a signed question to STS, "who am I?", that no other command fits. */
export async function proofOf(command: unknown, needs: SigningNeeds): Promise<Record<string, string>> {
  const { place, env } = needs;
  const { headers } = await signed(
    needs,
    'sts',
    stsEndpoint(place, env),
    { 'content-type': QUESTION_TYPE, [COMMAND_HEADER]: commandHash(command) },
    IDENTITY_QUESTION,
  );
  return headers;
}

export function signRequest(content: unknown, needs: SigningNeeds): Promise<SignedRequest> {
  const headers = { 'content-type': 'application/json' };
  return signed(needs, 'lambda', needs.place.url, headers, JSON.stringify(content));
}

/** In a person's words, where the SDK has only its own. */
function explained(cause: unknown): never {
  const { name, message } = cause as Error;
  if (!/Credentials|Token/.test(name)) throw cause;
  throw new Error(
    `no AWS credentials were found that can sign (${message.split('\n')[0]}); wanted yours, as AWS_PROFILE names them: ` +
      'run aws sso login, or export them, until aws sts get-caller-identity answers. Nothing was sent.',
    { cause },
  );
}

/** The SDK's own signer, which knows where a person's credentials are. */
async function signed(
  { place, credentials, at }: SigningNeeds,
  service: 'lambda' | 'sts',
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<SignedRequest & { headers: Record<string, string> }> {
  const client = new STSClient({ region: place.region, ...(credentials && { credentials }) });
  const signer = await client.config.signer();
  const request = await signer
    .sign(
      {
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port !== '' && { port: Number(url.port) }),
        path: url.pathname,
        query: {},
        headers: { host: url.host, ...headers },
        body,
      },
      { signingDate: at, signingRegion: place.region, signingService: service },
    )
    .catch(explained);
  client.destroy();
  const { host: _set, ...signedHeaders } = request.headers;
  return { url, headers: signedHeaders, body };
}
