import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StepSemantics, withDurableExecution } from '@aws/durable-execution-sdk-js';

const once = { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: () => ({ shouldRetry: false }) };
const never = { retryStrategy: () => ({ shouldRetry: false }) };

/** Two steps with five minutes between them. */
export const stepWaitStep = withDurableExecution(async (event, context) => {
  const before = await context.step('before', async () => new Date().toISOString());
  await context.wait('pause', { minutes: 5 });
  const after = await context.step('after', async () => new Date().toISOString());
  return { event, before, after };
});

export const poll = withDurableExecution(async ({ rounds }, context) =>
  context.waitForCondition('poll', async (state) => ({ count: state.count + 1 }), {
    initialState: { count: 0 },
    waitStrategy: (state) =>
      state.count >= rounds ? { shouldContinue: false } : { shouldContinue: true, delay: { minutes: 1 } },
  }),
);

export const callback = withDurableExecution(async ({ file, timeout }, context) => {
  try {
    const answer = await context.waitForCallback(
      'approval',
      async (callbackId) => appendFileSync(file, `${callbackId}\n`),
      {
        ...(timeout ? { timeout: { seconds: timeout } } : {}),
        retryStrategy: () => ({ shouldRetry: false }),
      },
    );
    return { answer };
  } catch (error) {
    return { error: error.name, message: error.message, cause: error.cause?.name };
  }
});

export const branches = withDurableExecution(async (_event, context) => {
  const results = await context.parallel('branches', [
    async (branch) => branch.step('left', async () => 1),
    async (branch) => {
      await branch.wait('nap', { seconds: 90 });
      return branch.step('right', async () => 2);
    },
  ]);
  const child = await context.runInChildContext('child', async (inner) =>
    inner.step('in child', async () => 3),
  );
  return [...results.getResults(), child];
});

export const retries = withDurableExecution(async ({ file }, context) =>
  context.step(
    'flaky',
    async ({ attempt }) => {
      appendFileSync(file, 'x');
      if (attempt < 3) throw new Error(`attempt ${attempt}`);
      return attempt;
    },
    { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 30 } }) },
  ),
);

export const throwing = withDurableExecution(async () => {
  throw Object.assign(new Error('decided wrongly'), { name: 'DecisionError' });
});

/** A change of the world that takes a while the first time; whether it happened twice can be counted in the file. */
export const act = withDurableExecution(async ({ file, ms = 0, careful = true }, context) => {
  await context.step('look', async () => 'looked', never);
  try {
    const result = await context.step(
      'act',
      async () => {
        appendFileSync(file, `${process.pid}\n`);
        if (readFileSync(file, 'utf8').split('\n').length === 2) await sleep(ms);
        return 'acted';
      },
      careful ? once : never,
    );
    return { result };
  } catch (error) {
    return { interrupted: error.cause?.name ?? error.name };
  }
});

/** Suspends for ever without anything to wait for. */
export const lost = async () => ({ Status: 'PENDING' });

export const invokes = withDurableExecution(async (_event, context) => {
  try {
    return { got: await context.invoke(process.env.TARGET, { asked: 1 }) };
  } catch (error) {
    return { error: error.name };
  }
});

export const plainEcho = async (event) => event;
export const plainFails = async () => {
  throw new Error('the target fails');
};
