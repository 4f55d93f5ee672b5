import { GetDurableExecutionHistoryCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  JitterStrategy,
  NestingType,
  StepSemantics,
  createRetryStrategy,
  createWaitStrategy,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';

/** What each requirement says its handler does, by id. The event is `{ Input }`, as AWS's kit sends it. */
const never = { retryStrategy: () => ({ shouldRetry: false }) };
const fail = (message) => async () => {
  throw new Error(message);
};
const backOff = (options) =>
  createRetryStrategy({
    initialDelay: { seconds: 1 },
    maxDelay: { seconds: 60 },
    backoffRate: 1,
    jitter: JitterStrategy.NONE,
    ...options,
  });
/** Fails until that attempt. */
const from =
  (good, result) =>
  async ({ attempt }) => {
    if (attempt < good) throw new Error(`attempt ${attempt} fails`);
    return result;
  };
const caught = async (work, instead) => {
  try {
    return await work();
  } catch (error) {
    return instead ?? error.message;
  }
};

/** Ends the first invocation's worker as a crash does, once the service has heard of the step's start. */
async function crashOnce(context) {
  const client = new LambdaClient();
  const { durableExecutionArn: DurableExecutionArn } = context.executionContext;
  for (;;) {
    const { Events } = await client.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn }));
    const types = Events.map(({ EventType }) => EventType);
    if (types.includes('InvocationCompleted')) return;
    if (types.includes('StepStarted')) process.exit(1);
  }
}

class TransientError extends Error {
  name = 'TransientError';
}

const step = {
  '1-1': (input, c) => c.step(async () => `Hello, ${input}!`),
  '1-2': (input, c) => c.step('custom_step_name', async () => `Hello, ${input}!`),
  '1-3': async (_, c) => {
    const first = await c.step(async () => 'first');
    return c.step(async () => `${first}_second`);
  },
  '1-4': ({ name, tags }, c) => c.step(async () => ({ user: { name, tags }, count: tags.length })),
  '1-5': (_, c) => c.step(async () => null),
  '1-6': (input, c) =>
    c.step(async () => input, {
      serdes: {
        serialize: async (value) => JSON.stringify(value).toUpperCase(),
        deserialize: async (text) => JSON.parse(text),
      },
    }),
  '1-7': (input, c) =>
    c.step(async ({ logger }) => {
      logger.info(`Greeting step started for: ${input}`);
      const greeting = `Hello, ${input}!`;
      logger.info(`Greeting step completed with: ${greeting}`);
      return greeting;
    }),
  '1-8': async (_, c) => {
    const result = await c.step(async () => 'computed');
    await c.wait({ seconds: 2 });
    return result;
  },
  '1-9': async (_, c) => {
    const result = await c.step(async () => 'cached_value');
    await c.wait({ seconds: 1 });
    return result;
  },
  '1-10': async (_, c) => {
    const message = await caught(() => c.step(fail('permanent'), never));
    await c.wait({ seconds: 1 });
    return message;
  },
  '1-11': (_, c) => c.step(from(2, 'Operation succeeded'), { retryStrategy: backOff({ maxAttempts: 3 }) }),
  '1-12': (_, c) => c.step(fail('always'), { retryStrategy: backOff({ maxAttempts: 4 }) }),
  '1-13': (_, c) => c.step(from(3, 'third time')),
  '1-14': (_, c) =>
    c.step(from(3, 'third time'), {
      retryStrategy: backOff({ maxAttempts: 5, initialDelay: { seconds: 2 }, backoffRate: 3 }),
    }),
  '1-15': (_, c) =>
    c.step(
      async ({ attempt }) => {
        if (attempt === 1) throw new TransientError('passes');
        return 'passed';
      },
      {
        retryStrategy: (error, attempt) =>
          error instanceof TransientError && attempt < 3
            ? { shouldRetry: true, delay: { seconds: 1 } }
            : { shouldRetry: false },
      },
    ),
  '1-16': (_, c) =>
    c.step(
      async () => {
        throw new TransientError('passes');
      },
      { retryStrategy: (error) => ({ shouldRetry: !(error instanceof TransientError) }) },
    ),
  '1-17': (input, c) =>
    c.step(
      'at_most_once_flaky_step',
      async ({ logger }) => {
        logger.info(input);
        process.exit(1);
      },
      { semantics: StepSemantics.AtMostOncePerRetry, ...never },
    ),
  '1-18': (input, c) =>
    c.step(
      async ({ logger, attempt }) => {
        logger.info(input);
        if (attempt === 1) process.exit(1);
        return 'succeeded on second attempt';
      },
      { semantics: StepSemantics.AtMostOncePerRetry, retryStrategy: backOff({ maxAttempts: 3 }) },
    ),
  '1-19': (_, c) => c.step(fail('always'), never),
  '1-20': (_, c) =>
    caught(() => c.step(fail('once'), never)).then(() => c.step(async () => 'fallback_result')),
};

const wait = {
  '2-1': (_, c) => c.wait({ seconds: 2 }),
  '2-2': (_, c) => c.wait('custom_wait_name', { seconds: 2 }),
  '2-3': async (_, c) => {
    await c.wait('wait-1', { seconds: 2 });
    await c.wait('wait-2', { seconds: 2 });
    return { completedWaits: 2 };
  },
  '2-4': (_, c) => c.wait({ minutes: 1 }),
  '2-5': (_, c) => c.wait({ hours: 1 }),
};

const upperCase = {
  serialize: async (value) => value.toUpperCase(),
  deserialize: async (text) => text,
};
const child = {
  '3-1': (input, c) => c.runInChildContext((inner) => inner.step(async () => input)),
  '3-2': ({ name, value }, c) => c.runInChildContext(name, (inner) => inner.step(async () => value)),
  '3-3': (input, c) =>
    c.runInChildContext('two steps', async (inner) => {
      const first = await inner.step(async () => input);
      return inner.step(async () => first);
    }),
  '3-4': (_, c) => c.runInChildContext('fails', (inner) => inner.step(fail('inside'), never)),
  '3-5': async (input, c) => {
    await caught(() => c.runInChildContext((inner) => inner.step(fail('inside'), never)));
    return c.step(async () => input);
  },
  '3-6': (input, c) =>
    c.runInChildContext('outer', async (outer) => {
      await outer.step(async () => input);
      return outer.runInChildContext('inner', (inner) => inner.step(async () => input));
    }),
  '3-7': (input, c) =>
    c.runInChildContext('retries', (inner) =>
      inner.step(from(2, input), { retryStrategy: backOff({ maxAttempts: 3 }) }),
    ),
  '3-8': (_, c) =>
    c.runInChildContext('exhausts', (inner) =>
      inner.step(fail('always'), { retryStrategy: backOff({ maxAttempts: 2 }) }),
    ),
  '3-9': async (input, c) => {
    const result = await c.runInChildContext((inner) => inner.step(async () => input));
    await c.wait({ seconds: 1 });
    return result;
  },
  '3-10': (input, c) =>
    c.runInChildContext('step and wait', async (inner) => {
      const result = await inner.step(async () => input);
      await inner.wait({ seconds: 1 });
      return result;
    }),
  '3-11': async (input, c) => {
    c.configureLogger({ modeAware: false });
    const large = await c.runInChildContext('large', async (inner) => {
      inner.configureLogger({ modeAware: false });
      const small = await inner.step(async () => 'x');
      inner.logger.info(input);
      return small.repeat(300 * 1024);
    });
    await c.wait({ seconds: 1 });
    return large.length;
  },
  '3-12': (input, c) =>
    c.runInChildContext((inner) =>
      inner.step(async () => {
        await crashOnce(c);
        return input;
      }),
    ),
  '3-13': async (input, c) => {
    await c.runInChildContext('waits', async (inner) => {
      await inner.wait({ seconds: 1 });
      return input;
    });
    return c.step(async () => input);
  },
  '3-14': (input, c) =>
    c.runInChildContext('upper case', (inner) => inner.step(async () => input), { serdes: upperCase }),
  '3-15': (_, c) => c.runInChildContext('throws', fail('in the body')),
  '3-16': (_, c) => c.runInChildContext('nothing', async () => null),
  '3-17': async (input, c) => {
    c.configureLogger({ modeAware: false });
    const result = await c.runInChildContext('logs', async (inner) => {
      inner.configureLogger({ modeAware: false });
      inner.logger.info(input);
      return input;
    });
    await c.wait({ seconds: 1 });
    return result;
  },
  '3-18': async (input, c) => {
    await c.runInChildContext('step and wait', async (inner) => {
      await inner.step(async () => input);
      await inner.wait({ seconds: 1 });
      return input;
    });
    const result = await c.step(async () => input);
    await c.wait({ seconds: 1 });
    return result;
  },
};

const answer = async (c, name, config) => (await c.createCallback(name, config))[0];
const seconds = (seconds) => ({ seconds });
const callback = {
  '4-1': (input, c) => answer(c, input),
  '4-2': (_, c) => answer(c, 'approval'),
  '4-3': (input, c) => answer(c, input, { timeout: seconds(5) }),
  '4-4': (input, c) => answer(c, input, { heartbeatTimeout: seconds(5) }),
  '4-5': (input, c) => answer(c, input, { heartbeatTimeout: seconds(10) }),
  '4-6': (input, c) => answer(c, input),
  '4-7': async (input, c) => {
    const [promise] = await c.createCallback(input);
    await c.step(async () => 'between');
    return promise;
  },
  '4-8': async (input, c) => {
    const [promise] = await c.createCallback(input, { timeout: seconds(5) });
    await c.step(async () => 'between');
    return promise;
  },
  '4-9': async (input, c) => {
    const [promise] = await c.createCallback(input);
    await c.wait(seconds(5));
    return promise;
  },
  '4-10': async (input, c) => {
    const [promise] = await c.createCallback(input);
    await c.wait(seconds(5));
    return promise;
  },
  '4-11': async (input, c) => {
    const [promise] = await c.createCallback(input, { timeout: seconds(3) });
    await c.wait(seconds(6));
    return promise;
  },
  '4-12': async (input, c) => {
    const result = await answer(c, input);
    await c.wait(seconds(2));
    return result;
  },
  '4-13': async (input, c) => {
    const message = await caught(() => answer(c, input));
    await c.wait(seconds(2));
    return message;
  },
  '4-14': async (input, c) => {
    const message = await caught(() => answer(c, input, { timeout: seconds(3) }));
    await c.wait(seconds(2));
    return message;
  },
  '4-15': async (input, c) => ({
    received: await answer(c, input, {
      serdes: {
        deserialize: async (text) => {
          const { timestamp, ...more } = JSON.parse(text);
          return { ...more, timestamp: Date.parse(timestamp) / 1000 };
        },
      },
    }),
  }),
  '4-16': async (input, c) => {
    const count = await answer(c, input, { serdes: { deserialize: async (text) => Number(text) } });
    return { count, doubled: 2 * count };
  },
  '4-17': async ([a, b], c) => [await answer(c, a), await answer(c, b)],
  '4-18': async ([a, b], c) => {
    const [first] = await c.createCallback(a);
    const [second] = await c.createCallback(b);
    return [await first, await second];
  },
  '4-19': async ([a, b], c) => {
    const [first] = await c.createCallback(a);
    const [second] = await c.createCallback(b);
    const ofB = await second;
    return [await first, ofB];
  },
};

/** Of two texts the SDK takes the first for a name. */
const { ECHO, FAILS, OF_TENANT } = process.env;
const invoke = {
  '5-1': (input, c) => c.invoke(undefined, ECHO, input),
  '5-2': ({ name, payload }, c) => c.invoke(name, ECHO, payload),
  '5-3': (input, c) => c.invoke(undefined, ECHO, input),
  '5-4': (input, c) => c.invoke(undefined, ECHO, input),
  '5-5': (input, c) => c.invoke(undefined, FAILS, input),
  '5-6': (input, c) => caught(() => c.invoke(undefined, FAILS, input), 'fallback'),
  '5-7': async (_, c) => (await c.invoke(undefined, ECHO, 'x'.repeat(250 * 1024))).length,
  '5-8': ({ tenantId, payload }, c) => c.invoke(undefined, OF_TENANT, payload, { tenantId }),
  '5-9': async (_, c) => {
    const result = await c.invoke(undefined, ECHO, 'once');
    await c.wait(seconds(1));
    return result;
  },
  '5-10': async (_, c) => {
    const message = await caught(() => c.invoke(undefined, FAILS, null));
    await c.wait(seconds(1));
    return message;
  },
  '5-11': async (_, c) => c.invoke(undefined, ECHO, await c.step(async () => 'of the step')),
  '5-12': async (_, c) => {
    const result = await c.invoke(undefined, ECHO, 'for the step');
    return c.step(async () => result);
  },
  '5-13': (_, c) => c.runInChildContext((inner) => inner.invoke(undefined, ECHO, 'inside')),
  '5-14': async (_, c) => [
    await c.invoke(undefined, ECHO, 'first'),
    await c.invoke(undefined, ECHO, 'second'),
  ],
  '5-15': (input, c) =>
    c.invoke(undefined, ECHO, input, {
      payloadSerdes: { serialize: async (value) => JSON.stringify(value).toUpperCase() },
    }),
  '5-16': async (input, c) =>
    // The requirement wants the text of the JSON text.
    JSON.stringify(
      await c.invoke(undefined, ECHO, input, {
        resultSerdes: { deserialize: async (text) => JSON.parse(text).toUpperCase() },
      }),
    ),
};

const count = async (state) => state + 1;
const until = (most, initialState = 0, delay = 1) => ({
  initialState,
  waitStrategy: (state) =>
    state >= most ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: delay } },
});
const waitForCondition = {
  '6-1': (input, c) => c.waitForCondition(count, until(input)),
  '6-2': (input, c) => c.waitForCondition(async (state) => state, until(input, 5)),
  '6-3': (input, c) => c.waitForCondition('poll-status', count, until(input)),
  '6-4': (input, c) => c.waitForCondition(count, until(input, 5)),
  '6-5': (input, c) => c.waitForCondition(count, until(input, 0, 2)),
  '6-6': (_, c) =>
    c.waitForCondition(count, {
      initialState: 0,
      waitStrategy: createWaitStrategy({
        maxAttempts: 3,
        initialDelay: { seconds: 1 },
        maxDelay: { seconds: 1 },
        backoffRate: 1,
        jitter: JitterStrategy.NONE,
        shouldContinuePolling: () => true,
      }),
    }),
  '6-7': (_, c) => c.waitForCondition(fail('the check'), until(1)),
  '6-8': (_, c) => caught(() => c.waitForCondition(fail('the check'), until(1)), 'recovered'),
  '6-9': (_, c) =>
    c.waitForCondition(
      async ({ attempts }) => ({ status: attempts + 1 >= 2 ? 'DONE' : 'PENDING', attempts: attempts + 1 }),
      {
        initialState: { status: 'PENDING', attempts: 0 },
        waitStrategy: ({ status }) =>
          status === 'DONE' ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } },
      },
    ),
  '6-10': (_, c) =>
    c.waitForCondition(async () => null, {
      initialState: null,
      waitStrategy: () => ({ shouldContinue: false }),
    }),
  '6-11': (_, c) =>
    c.waitForCondition(async (state) => `${state}x`, {
      initialState: '',
      serdes: {
        serialize: async (state) => Buffer.from(state).toString('base64'),
        deserialize: async (text) => Buffer.from(text, 'base64').toString(),
      },
      waitStrategy: ({ length }) =>
        length >= 2 ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } },
    }),
  '6-12': async (input, c) => {
    const state = await c.waitForCondition(count, until(input));
    return c.step(async () => state * 10);
  },
  '6-13': async (_, c) => c.waitForCondition(count, until(4, await c.waitForCondition(count, until(2)))),
};

const submit = async () => undefined;
const waitForCallback = {
  '7-1': (input, c) => c.waitForCallback(input, submit),
  '7-2': (_, c) => c.waitForCallback('approval', submit),
  '7-3': (_, c) => c.waitForCallback(submit),
  '7-4': (input, c) => c.waitForCallback(input, submit),
  '7-5': (input, c) => c.waitForCallback(input, submit, { timeout: seconds(3) }),
  '7-6': (input, c) => caught(() => c.waitForCallback(input, submit), 'recovered'),
  '7-7': (input, c) =>
    c.waitForCallback(input, fail('no submission'), { retryStrategy: backOff({ maxAttempts: 2 }) }),
  '7-8': (input, c) => c.runInChildContext('wrapper', (inner) => inner.waitForCallback(input, submit)),
  '7-9': async (_, c) => {
    await c.waitForCallback('first', submit);
    return c.waitForCallback('second', submit);
  },
  '7-10': async (input, c) => {
    await c.wait(seconds(1));
    await c.step(async () => 'fixed');
    return c.waitForCallback(input, submit);
  },
  '7-11': async (input, c) => {
    const serdes = { deserialize: async (text) => JSON.parse(text) };
    return (await c.waitForCallback(input, submit, { serdes })).status;
  },
  '7-12': (input, c) => c.waitForCallback(input, submit, { heartbeatTimeout: seconds(5) }),
  '7-13': (input, c) => c.waitForCallback(input, submit, { heartbeatTimeout: seconds(10) }),
  '7-14': (input, c) =>
    caught(() => c.waitForCallback(input, submit, { timeout: seconds(3) }), 'timed-out-handled'),
  '7-15': (input, c) => c.waitForCallback(input, submit),
};

const give = (value) => async () => value;
const stepping = (value) => (inner) => inner.step(give(value));
const bad = fail('this one fails');
const one = { maxConcurrency: 1 };
/** One at a time, and ending by that rule. */
const ending = (completionConfig) => ({ ...one, completionConfig });
const shown = (result, ...keys) => Object.fromEntries(keys.map((key) => [key, result[key]]));
const COUNTS = ['successCount', 'failureCount', 'totalCount'];
const ALL = ['completionReason', 'status', ...COUNTS];
const EARLY = ['completionReason', ...COUNTS];
const wrapped = {
  serialize: async (value) => JSON.stringify({ wrapped: value }),
  deserialize: async (text) => JSON.parse(text).wrapped,
};
const results = async (batch) => (await batch).getResults();
const parallel = {
  '8-1': (_, c) => results(c.parallel('parallel', [stepping('task-1'), stepping('task-2')], one)),
  '8-2': (_, c) => results(c.parallel([give('alpha'), give('beta')], one)),
  '8-3': (_, c) => {
    const branches = [
      { name: 'first', func: give('one') },
      { name: 'second', func: give('two') },
    ];
    return results(c.parallel('named', branches, one));
  },
  '8-4': (_, c) => results(c.parallel('types', [give('hello'), give(42), give({ k: 'v' })], one)),
  '8-5': (_, c) => results(c.parallel('none', [])),
  '8-6': async (_, c) =>
    shown(
      await c.parallel('fail-fast', [give('ok'), bad, give('never')], ending({ toleratedFailureCount: 0 })),
      ...ALL,
    ),
  '8-7': async (_, c) =>
    (await c.parallel('rethrow', [bad, give('never')], ending({ toleratedFailureCount: 0 }))).throwIfError(),
  '8-8': async (_, c) =>
    shown(
      await c.parallel('min', ['a', 'b', 'c', 'd'].map(give), ending({ minSuccessful: 2 })),
      'completionReason',
      'successCount',
      'totalCount',
    ),
  '8-9': async (_, c) =>
    shown(
      await c.parallel('tolerates', [give(1), bad, give(3)], ending({ toleratedFailureCount: 1 })),
      ...ALL,
    ),
  '8-10': async (_, c) =>
    shown(await c.parallel('exceeds', [bad, bad, give(3)], ending({ toleratedFailureCount: 1 })), ...EARLY),
  '8-11': (_, c) => results(c.parallel('two at once', ['r0', 'r1', 'r2'].map(give), { maxConcurrency: 2 })),
  '8-12': (_, c) =>
    results(c.parallel('flat', [stepping('fa'), stepping('fb')], { ...one, nesting: NestingType.FLAT })),
  '8-13': async (_, c) =>
    shown(
      await c.parallel(
        'tolerated-pct',
        [bad, bad, give(3), give(4)],
        ending({ toleratedFailurePercentage: 25 }),
      ),
      ...EARLY,
    ),
  '8-14': (_, c) =>
    results(
      c.parallel(
        'suspends',
        [
          stepping('b0'),
          async (inner) => {
            await inner.wait(seconds(2));
            return 'b1';
          },
        ],
        one,
      ),
    ),
  '8-15': (_, c) => results(c.parallel('serdes', [give('x'), give('y')], { ...one, itemSerdes: wrapped })),
  '8-16': async (_, c) =>
    shown(await c.parallel('all fail', [bad, bad, bad], ending({ toleratedFailureCount: 3 })), ...ALL),
  '8-17': async (_, c) =>
    shown(await c.parallel('min missed', [give(1), bad, give(3)], ending({ minSuccessful: 3 })), ...ALL),
  '8-18': async (_, c) =>
    shown(
      await c.parallel(
        'both',
        [bad, bad, give(3), give(4)],
        ending({ minSuccessful: 3, toleratedFailureCount: 1 }),
      ),
      ...EARLY,
    ),
  '8-19': (_, c) => results(c.parallel('none at once', [give(1), give(2)], { maxConcurrency: 0 })),
  '8-20': async (_, c) => {
    const batch = await c.parallel('mixed', [give(1), bad, give(3)], ending({ toleratedFailureCount: 1 }));
    return {
      hasFailure: batch.hasFailure,
      successCount: batch.succeeded().length,
      failureCount: batch.failed().length,
      errorCount: batch.getErrors().length,
    };
  },
  '8-21': (_, c) =>
    results(
      c.parallel(
        'outer',
        [(branch) => results(branch.parallel('inner', [stepping('i1'), stepping('i2')], one))],
        one,
      ),
    ),
  '8-22': async (_, c) =>
    shown(
      await c.parallel(
        'equals',
        [bad, give(2), give(3), give(4)],
        ending({ toleratedFailurePercentage: 25 }),
      ),
      ...ALL,
    ),
};

/** Each item is a value, or undefined to fail. */
const orFail = async (_, item) => {
  if (item === undefined) throw new Error('this one fails');
  return item;
};
const upper = async (_, item) => item.toUpperCase();
const prefixed = {
  serialize: async (value) => `wrapped:${value}`,
  deserialize: async (text) => text.replace('wrapped:', ''),
};
const OPERATION_SERDES = {
  serialize: async (batch) => `OPSERDE:${batch.getResults().join(',')}`,
  deserialize: async (text) => {
    const all = text.replace('OPSERDE:', '').split(',');
    return { getResults: () => all };
  },
};
const map = {
  '9-1': (input, c) =>
    results(c.map('map', input, (inner, item) => inner.step(async () => `Hello, ${item}!`), one)),
  '9-2': (input, c) => results(c.map(input, async (_, item) => item * 2, one)),
  '9-3': (input, c) => results(c.map('index', input, async (_, item, index) => item + index, one)),
  '9-4': (input, c) => results(c.map('none', input, async (_, item) => item)),
  '9-5': async (_, c) =>
    shown(
      await c.map('fail-fast', ['ok', undefined, 3], orFail, ending({ toleratedFailureCount: 0 })),
      ...ALL,
    ),
  '9-6': async (_, c) =>
    (await c.map('rethrow', [undefined, 2], orFail, ending({ toleratedFailureCount: 0 }))).throwIfError(),
  '9-7': async (_, c) =>
    shown(
      await c.map('min', ['a', 'b', 'c', 'd'], orFail, ending({ minSuccessful: 2 })),
      'completionReason',
      'successCount',
      'totalCount',
    ),
  '9-8': async (_, c) =>
    shown(await c.map('tolerates', [1, undefined, 3], orFail, ending({ toleratedFailureCount: 1 })), ...ALL),
  '9-9': async (_, c) =>
    shown(
      await c.map('exceeds', [undefined, undefined, 3], orFail, ending({ toleratedFailureCount: 1 })),
      ...EARLY,
    ),
  '9-10': async (_, c) =>
    shown(
      await c.map(
        'percent',
        [undefined, undefined, 3, 4],
        orFail,
        ending({ toleratedFailurePercentage: 25 }),
      ),
      ...EARLY,
    ),
  '9-11': (_, c) => results(c.map('two at once', ['r0', 'r1', 'r2'], orFail, { maxConcurrency: 2 })),
  '9-12': (_, c) =>
    results(
      c.map('flat', ['fa', 'fb'], (inner, item) => inner.step(give(item)), {
        ...one,
        nesting: NestingType.FLAT,
      }),
    ),
  '9-13': (input, c) =>
    results(
      c.map('named-items', input, async (_, item) => item * 10, {
        ...one,
        itemNamer: (item) => `item-${item}`,
      }),
    ),
  '9-14': (_, c) => results(c.map('serdes', ['x', 'y'], upper, { ...one, itemSerdes: prefixed })),
  '9-15': (_, c) =>
    results(
      c.map(
        'suspends',
        ['r0', 'r1'],
        async (inner, item, index) => {
          if (index === 1) await inner.wait(seconds(1));
          return inner.step(give(item));
        },
        one,
      ),
    ),
  '9-16': async (_, c) =>
    shown(
      await c.map('large', [1, 2, 3, 4], async (_, item) => `${item}`.repeat(70 * 1024), one),
      'successCount',
      'totalCount',
    ),
  '9-17': async (_, c) => {
    const batch = await c.map('then waits', ['a', 'b'], upper, one);
    await c.wait(seconds(1));
    return batch.getResults();
  },
  '9-18': async (_, c) => {
    const batch = await c.map('one fails', ['ok', undefined], orFail, ending({ toleratedFailureCount: 1 }));
    await c.wait(seconds(1));
    return shown(batch, ...ALL);
  },
  '9-19': (_, c) =>
    results(c.map('operation serdes', ['x', 'y'], upper, { ...one, serdes: OPERATION_SERDES })),
  '9-20': async (_, c) => {
    const batch = await c.map('operation serdes', ['x', 'y'], upper, { ...one, serdes: OPERATION_SERDES });
    await c.wait(seconds(1));
    return batch.getResults();
  },
};

const HANDLERS = {
  ...step,
  ...wait,
  ...child,
  ...callback,
  ...invoke,
  ...waitForCondition,
  ...waitForCallback,
  ...parallel,
  ...map,
};

/** The execution's name is the requirement's id. */
export const required = withDurableExecution(async ({ Input }, context) => {
  const id = context.executionContext.durableExecutionArn.split('/').at(-2);
  const handler = HANDLERS[id];
  if (!handler) throw new Error(`No handler for the requirement ${id}`);
  return handler(Input, context);
});

export const echo = withDurableExecution(async (event) => event);
export const fails = withDurableExecution(async () => {
  throw new Error('the target fails');
});
export const ofTenant = withDurableExecution(async (event, { lambdaContext }) => {
  if (!lambdaContext.tenantId) throw new Error('no tenant');
  return event;
});
