import { Athena } from '@aws-sdk/client-athena';
import { S3 } from '@aws-sdk/client-s3';
import { SQS } from '@aws-sdk/client-sqs';
import { readTools, type ReadTools } from '../lambdas/platform/clients.ts';
import type { Settings } from '../lambdas/platform/settings.ts';
import { settingsOfFunction } from './settings-here.ts';
import type { Sandbox } from './sandbox.ts';

export interface Looking {
  readonly now: Date;
  readonly settings: Settings;
  readonly tools: ReadTools;
}

/** Looks at the sandbox with the product's own looks, from this process and as root. */
export async function looking<T>(sandbox: Sandbox, look: (context: Looking) => Promise<T>): Promise<T> {
  const here = {
    endpoint: sandbox.endpoint,
    region: 'us-east-1',
    credentials: sandbox.rootKey,
  };
  const athena = new Athena(here);
  const sqs = new SQS(here);
  const s3 = new S3({ ...here, forcePathStyle: true });
  const tools: ReadTools = {
    ...readTools(() => sandbox.pool, settingsOf(sandbox)),
    athena: () => Promise.resolve(athena),
    sqs: () => Promise.resolve(sqs),
    s3: () => Promise.resolve(s3),
  };
  try {
    return await look({ now: sandbox.clock.now(), settings: settingsOf(sandbox), tools });
  } finally {
    athena.destroy();
    sqs.destroy();
    s3.destroy();
  }
}

function settingsOf({ services: { lambda } }: Sandbox): Settings {
  return settingsOfFunction(lambda.functions.resolve('responder-signals').fn);
}
