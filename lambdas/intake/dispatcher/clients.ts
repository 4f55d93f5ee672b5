import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { once } from '../../platform/once.ts';

/**
 * Everything the dispatcher changes may be sent twice: a run is started under its own name, an object is written
 * under its digest, a callback is completed once. So the SDK's retries stay on, unlike where we act. The
 * time-outs leave a hung call's neighbours their share of the function's 30 seconds.
 */
const CONFIG = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;

/** Loaded when first needed: an ignored event pays for no client, an alarm for one. */
export interface Clients {
  lambda(): Promise<LambdaClient>;
  s3(): Promise<S3Client>;
}

export function lazyClients(): Clients {
  return {
    lambda: once(async () => new (await import('@aws-sdk/client-lambda')).LambdaClient(CONFIG)),
    s3: once(async () => new (await import('@aws-sdk/client-s3')).S3Client(CONFIG)),
  };
}
