import { LambdaClient } from '@aws-sdk/client-lambda';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../../kernel/clock.ts';
import { Credentials } from '../../kernel/credentials.ts';
import { Faults } from '../../kernel/faults.ts';
import { arn } from '../../kernel/places.ts';
import type { Store } from '../../kernel/store.ts';
import type { FunctionSpec } from '../../lambda/functions.ts';
import { lambdaDefinition } from '../../lambda/lambda-definition.ts';
import { Lambda } from '../../lambda/lambda.ts';
import type { LambdaDependencies } from '../../lambda/lambda.ts';
import { createWire, listenOnLoopback } from '../../wire/server.ts';
import { memoryStore } from '../support/memory-store.ts';

const CODE_DIR = join(import.meta.dirname, 'handlers');
export const START = new Date('2025-09-10T08:00:00.000Z');

export interface Sent {
  readonly target: string;
  readonly body: string;
  readonly attributes: Record<string, { StringValue: string }> | undefined;
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** A Lambda service behind the real wire, with real worker processes. */
export async function startWorld(
  options: { store?: Pick<Store, 'collection'>; clock?: Clock } & Partial<
    Pick<LambdaDependencies, 'limits' | 'queues' | 'warm' | 'allFrozen' | 'mayInvoke'>
  > & { port?: number } = {},
) {
  const errors: unknown[] = [];
  const clock = options.clock ?? new Clock(START, (error) => errors.push(error));
  const store = options.store ?? memoryStore();
  const credentials = options.warm?.credentials ?? new Credentials();
  const faults = new Faults();
  const lines: { group: string; stream: string; message: string }[] = [];
  const sent: Sent[] = [];
  let endpoint = '';
  const lambda = new Lambda({
    clock,
    store,
    credentials,
    endpoint: () => endpoint,
    logs: { append: (group, stream, message) => lines.push({ group, stream, message }) },
    sqs: { send: (target, body, attributes) => sent.push({ target, body, attributes }) },
    sns: {
      publish: ({ topicArn, message, attributes }) =>
        sent.push({ target: topicArn, body: message, attributes }),
    },
    ...(options.limits ? { limits: options.limits } : {}),
    mayInvoke: options.mayInvoke,
    ...(options.queues ? { queues: options.queues } : {}),
    warm: options.warm,
    allFrozen: options.allFrozen,
  });
  const server: Server = createWire({
    services: [lambdaDefinition(lambda)],
    clock,
    credentials,
    faults,
    iam: { check: () => ({ allowed: true, reason: 'a test' }) },
  });
  endpoint = await listenOnLoopback(server, options.port);
  const client = new LambdaClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: credentials.root,
  });

  return {
    clock,
    store,
    lambda,
    client,
    faults,
    credentials,
    lines,
    sent,
    errors,
    messages: (name: string): string[] =>
      lines.filter(({ group }) => group === `/aws/lambda/${name}`).map(({ message }) => message),
    /** Jumps from timer to timer until the condition holds; fails the test after a year of the clock. */
    async until(condition: () => boolean): Promise<void> {
      const limit = new Date(clock.now().getTime() + 366 * 86_400_000);
      if (!(await clock.advanceUntil(condition, limit)) && !condition())
        throw new Error('nothing is left that could happen');
    },
    /** Ends it as an orderly stop does; the store can be given to the next world. */
    async end(): Promise<void> {
      await lambda.stop();
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (!options.clock) clock.stop();
    },
  };
}

/** @param handler `<file>.<export>` under `handlers/` */
export const plain = (name: string, handler: string, more: Partial<FunctionSpec> = {}): FunctionSpec => ({
  name,
  handler,
  codeDir: CODE_DIR,
  environment: {},
  roleArn: arn('iam', `role/${name}`),
  timeoutSeconds: 10,
  memoryMb: 256,
  ...more,
});

/** Creates a durable function with a version and the alias `live`. @returns the alias's ARN */
export function durable(
  lambda: Lambda,
  name: string,
  handler: string,
  more: Partial<FunctionSpec> = {},
): string {
  lambda.createFunction(
    plain(name, handler, { durable: { executionTimeoutSeconds: 86_400, retentionDays: 7 }, ...more }),
  );
  const { version } = lambda.publishVersion(name);
  return lambda.createAlias({ functionName: name, name: 'live', version }).arn;
}

const scratch: string[] = [];
afterAll(() => scratch.splice(0).forEach((dir) => rmSync(dir, { recursive: true, force: true })));

export function scratchFile(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  scratch.push(dir);
  return join(dir, 'notes');
}

export function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
