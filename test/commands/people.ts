import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { PersonName } from '../../sandbox/people.ts';
import { readPlace, type Place } from '../../scripts/respond/place.ts';
import { proofOf, signRequest, type SignedRequest, type SigningNeeds } from '../../scripts/respond/sign.ts';
import type { World } from '../support/world.ts';

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly date: string;
}

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What people have in hand, and what they send. */
export function people(world: World) {
  const env = { AWS_ENDPOINT_URL: world.endpoint, AWS_REGION: 'us-east-1' };
  const place: Place = readPlace(world.outputs['RespondUrl'], env);
  const root = new LambdaClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  world.defer(() => root.destroy());
  const keyOf = (who: PersonName): Key => world.services.people.keyOf(who);
  const needs = (key: Key, at = world.clock.now()): SigningNeeds => ({ place, env, credentials: key, at });
  const command = (name: string, input: object = {}, more: object = {}) => ({
    name,
    input,
    nonce: randomUUID(),
    at: world.clock.now().toISOString(),
    ...more,
  });

  return {
    keyOf,
    /** A key of a session or user that AWS would make for somebody else. */
    issue: (arn: string): Key => world.credentials.issue({ arn }),
    needs,
    command,
    /** Signed by the person throughout, unless the proof or what is sent is given. */
    async request(
      key: Key,
      content: { command: unknown; proof?: unknown },
      at?: Date,
    ): Promise<SignedRequest> {
      const proof = content.proof ?? (await proofOf(content.command, needs(key, at)));
      return signRequest({ ...content, proof }, needs(key, at));
    },

    async send({ url, headers, body }: SignedRequest): Promise<Answered> {
      const response = await fetch(url, { method: 'POST', headers, body });
      const date = response.headers.get('date') ?? '';
      return { status: response.status, body: (await response.json()) as Answered['body'], date };
    },

    /** By somebody who may invoke the function: nothing stands between. */
    async invoke(payload: unknown): Promise<Record<string, unknown>> {
      const { Payload, FunctionError } = await root.send(
        new InvokeCommand({ FunctionName: 'responder-respond', Payload: JSON.stringify(payload) }),
      );
      const answer = JSON.parse(Payload?.transformToString() ?? 'null') as Record<string, unknown>;
      if (FunctionError) throw new Error(`the function failed: ${JSON.stringify(answer)}`);
      return answer;
    },

    /** What the ledger has of commands, oldest first. */
    async recorded(): Promise<Record<string, unknown>[]> {
      const { rows } = await world.pool.query<Record<string, unknown>>(
        'select nonce, caller_arn, person, command, answer from responder.command order by at, nonce',
      );
      return rows;
    },
  };
}
