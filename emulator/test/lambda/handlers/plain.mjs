import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const echo = async (event, context) => ({
  event,
  functionName: context.functionName,
  functionVersion: context.functionVersion,
  invokedFunctionArn: context.invokedFunctionArn,
  memoryLimitInMB: context.memoryLimitInMB,
  awsRequestId: context.awsRequestId,
  remaining: context.getRemainingTimeInMillis(),
  pid: process.pid,
});

export const environment = async () => process.env;

export const dates = async () => ({
  now: Date.now(),
  constructed: new Date().getTime(),
  called: Date(),
  fixed: new Date(0).toISOString(),
  isDate: new Date() instanceof Date && new Date().constructor === Date,
});

export const talk = async ({ say }) => {
  process.stdout.write(`${say}\n`);
  process.stderr.write('and a line without an end');
  return null;
};

export const nothing = async () => undefined;

export const fail = async ({ note } = {}) => {
  if (note) appendFileSync(note, 'x');
  throw new TypeError('it does not work');
};

export const crash = async ({ code }) => process.exit(code);

/** Works until there is a file `gate`; each start adds a character to `begun`. */
export const gated = async ({ begun, gate }) => {
  appendFileSync(begun, 'x');
  while (!existsSync(gate)) await sleep(5);
  return process.pid;
};

export const sleeper = async ({ ms }) => {
  await sleep(ms);
  return process.pid;
};

/** Takes a batch; the messages whose body is "bad" are given back. */
export const batch = async ({ Records }) => ({
  batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({
    itemIdentifier: messageId,
  })),
});
