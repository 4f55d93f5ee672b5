import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import type { Pager } from '../../domain/people.ts';
import { retryAfterSeconds } from '../../platform/error-class.ts';
import {
  pagerDutyEvent,
  signatureOf,
  SIGNATURE_HEADER,
  TIMESTAMP_HEADER,
  webhookEvent,
  type Alert,
} from './events.ts';

/** It never quotes the secret, nor what the pager has answered: that may repeat what it was sent. */
export class PagerError extends Error {
  override readonly name = 'PagerError';
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfterSeconds = retryAfter;
  }
}

export interface SendNeeds {
  readonly secrets: () => Promise<SecretsManager>;
  readonly send?: typeof fetch;
  readonly now: Date;
}

const ROUTING = z.object({ routingKey: z.string().regex(/^\w{32}$/) });
const SIGNING = z.object({
  secret: z.string().min(32),
  authorization: z
    .string()
    .min(1)
    .max(4_000)
    .regex(/^[ -~]+$/)
    .optional(),
});

const TIMEOUT_MS = 5_000;

/** Sends one event. Again does no harm: a pager knows the alert by its key. @throws PagerError */
export async function sendAlert(pager: Pager, alert: Alert, needs: SendNeeds): Promise<void> {
  const { send = fetch, now } = needs;
  const { body, headers } = requestOf(pager, alert, await secretOf(pager, needs), now);
  let answer: Response;
  try {
    answer = await send(pager.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      // It would send the secret elsewhere.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    const code = name === 'TimeoutError' ? 'it took too long' : (cause?.code ?? name);
    throw new PagerError(
      `${pager.name} did not answer (${code}); it is tried again. Should it last, check the pager's "url" in people.pagers and the way there from the function's subnets`,
    );
  }
  if (answer.status >= 200 && answer.status <= 299) return;
  throw new PagerError(
    `${pager.name} answered HTTP ${answer.status}: ${remedyOf(answer.status, pager)}`,
    retryAfterSeconds(answer.headers.get('retry-after'), now),
  );
}

function remedyOf(status: number, { secretArn }: Pager): string {
  if (status === 429 || status >= 500) return 'it is tried again';
  if (status >= 300 && status < 400) return 'it sends elsewhere; correct the pager\'s "url" in people.pagers';
  return `it takes neither the event nor its sender; check what ${secretArn} holds and the pager's "url" in people.pagers`;
}

function requestOf(
  pager: Pager,
  alert: Alert,
  secret: unknown,
  now: Date,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  if (pager.kind === 'pagerduty') {
    const { routingKey } = fit(ROUTING, secret, pager, '"routingKey" of 32 characters');
    return { body: JSON.stringify(pagerDutyEvent(alert, routingKey)), headers: {} };
  }
  const login = fit(SIGNING, secret, pager, '"secret" of at least 32 characters and maybe "authorization"');
  const body = JSON.stringify(webhookEvent(alert));
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  return {
    body,
    headers: {
      [TIMESTAMP_HEADER]: timestamp,
      [SIGNATURE_HEADER]: signatureOf(timestamp, body, login.secret),
      ...(login.authorization !== undefined && { authorization: login.authorization }),
    },
  };
}

function fit<T>(shape: z.ZodType<T>, value: unknown, { name, secretArn }: Pager, wanted: string): T {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  throw new PagerError(
    `${name} was not asked: its secret ${secretArn} is not what was wanted, JSON with ${wanted}; write it there`,
  );
}

/** Read each time: events are few, and keys are replaced. */
async function secretOf({ name, secretArn }: Pager, { secrets }: SendNeeds): Promise<unknown> {
  let text: string;
  try {
    const client = await secrets();
    text = (await client.getSecretValue({ SecretId: secretArn })).SecretString ?? '';
  } catch (error) {
    throw new PagerError(
      `${name} was not asked: its secret ${secretArn} could not be read (${error instanceof Error ? error.name : 'no error'}); ` +
        'wanted: a secret that is there, that the function may read and whose key it may use',
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
