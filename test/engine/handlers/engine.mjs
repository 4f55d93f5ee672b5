import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { DurableExecutionApiClient, withDurableExecution } from '@aws/durable-execution-sdk-js';
import * as z from 'zod';
import { carryOut } from '../../../lambdas/engine/carry-out.ts';
import { RunNotes } from '../../../lambdas/engine/run-context.ts';
import { durableClient } from '../../../lambdas/platform/durable-client.ts';
import { Journal } from '../../../lambdas/platform/journal.ts';
import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import { exampleSettings } from '../../support/settings.ts';

const now = () => new Date();
const settings = exampleSettings({ pace: { poll: 60, jobLimit: 300, settle: 60, recordRetry: 300 } });

/** Notes outlive the worker: each call leaves a line, so that the test counts what reached the world. */
const notes = (file) => ({
  add: (line) => appendFileSync(file, `${line}\n`),
  count: (line) =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((one) => one === line).length
      : 0,
});

/** The nth of a comma-separated list; its last goes on for ever. */
const nth = (list, n) => list.split(',')[Math.min(n, list.split(',').length) - 1];

/** An action whose parameters say what comes of each start, search and look. */
const scripted = (file) => {
  const book = notes(file);
  const next = (line, list) => {
    book.add(line);
    return nth(list, book.count(line));
  };
  return {
    name: 'scripted',
    params: z.strictObject({ id: z.string(), start: z.string(), found: z.string(), look: z.string() }),
    changes: false,
    permissions: () => [],
    readPermissions: () => [],
    repeat: 'by the test',
    undo: { irreversible: 'a test' },
    describe: ({ id }) => `do ${id}`,
    async start({ id, start }, { actionId, fence }) {
      const how = next(`start ${id} as ${actionId} under ${fence}`, start);
      if (how === 'killed') {
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => undefined);
      }
      if (how === 'silent') throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      // PostgreSQL's own error, or AWS's by its name, with the seconds after which to come back.
      if (how === '40P01')
        throw Object.assign(new Error('deadlock detected'), { name: 'error', code: how, severity: 'ERROR' });
      const [name, seconds] = how.split(' ');
      if (how !== 'ok')
        throw Object.assign(new Error('no'), {
          name,
          ...(seconds && { $response: { headers: { 'retry-after': seconds } } }),
        });
      return { id };
    },
    async reconcile({ id, found }) {
      const what = next(`reconcile ${id}`, found);
      if (what === 'unanswered') throw new Error('Rate exceeded');
      return what === 'started' ? { state: 'started', handle: { id } } : { state: 'absent' };
    },
    async progress({ id }) {
      const state = next(`look ${id}`, this.looks?.[id] ?? 'succeeded');
      if (state === 'unanswered') throw new Error('Rate exceeded');
      return { state, summary: `${id} ${state}` };
    },
  };
};

/** Carries out `event.plan`, whose actions are `scripted`, or `acting`: the same with the acting role. */
export const carry = withDurableExecution(async ({ file, plan }, context) => {
  const journal = new Journal(context, 'run-1', now);
  const action = scripted(file);
  action.looks = Object.fromEntries(plan.map(({ params }) => [params.id, params.look]));
  /** Of what takes one at a time; somebody else is at work on it for two checks. */
  const alone = {
    ...action,
    name: 'alone',
    async busy({ id }) {
      const line = `busy ${id}`;
      notes(file).add(line);
      return notes(file).count(line) > 2 ? {} : { by: 'jr_1' };
    },
  };
  const actions = [action, { ...action, name: 'acting', changes: true }, alone];
  let result, overtaken;
  try {
    const run = { request: { run: 'run-1' }, playbook: { id: 'a-test', actions }, settings, journal, now };
    const granted = { decision: { plan }, fence: '7' };
    const carried = await carryOut({ ...run, tools: {}, notes: new RunNotes() }, granted);
    const { end, fence } = carried;
    ({ overtaken } = carried);
    result = end ? { ...end, ...(fence && { fence }) } : { outcome: 'carried out' };
  } catch (error) {
    result = { thrown: error.message };
  }
  return {
    result,
    overtaken,
    operations: journal.operations,
    steps: journal.steps.map(({ name, tell }) => ({ name, tell })),
  };
});

/** One of each that the journal can do, with retries, waits and a failure on the way. */
export const every = withDurableExecution(async ({ file }, context) => {
  const journal = new Journal(context, 'run-1', now);
  const book = notes(file);
  const told = (value) => ({ tell: `got ${value}`, detail: value });
  const attempts = await journal.repeatable(
    'look',
    async ({ number }) => {
      if (number < 3) throw new Error('not yet');
      return number;
    },
    told,
  );
  const done = await journal.atMostOnce('do', async () => 'it', told);
  const failed = await journal.atMostOnce(
    'fail',
    async () => Promise.reject(new RangeError('too much')),
    told,
  );
  await journal.pause('sleep', 60);
  const polled = await journal.poll(
    'poll',
    async () => {
      book.add('poll');
      if (book.count('poll') === 1) throw new Error('no answer');
      return book.count('poll');
    },
    { done: (n) => n >= 3, pauses: Array(9).fill(60), told },
  );
  const endless = await journal.poll('endless', async () => 'busy', {
    done: () => false,
    pauses: [60, 60],
    told,
  });
  await journal.poll('mute', () => Promise.reject(new Error('Acme Corp timed out')), {
    done: () => true,
    pauses: [60],
    told,
    detailOfNone: { delivery: 'failed' },
  });
  const called = await journal.called('called', async (id) => book.add(`callback ${id}`), 600);
  const uncalled = await journal.called('uncalled', async () => undefined, 600);
  let thrown;
  try {
    await journal.repeatable('never', async ({ number }) => Promise.reject(new Error(`no, ${number}`)), told);
  } catch (error) {
    thrown = error.message;
  }
  const { operations, steps } = journal;
  return { attempts, done, failed, polled, endless, called, uncalled, thrown, operations, steps };
});

/** Dies in the middle of a step that may not be repeated. */
export const dies = withDurableExecution(async ({ file }, context) => {
  const journal = new Journal(context, 'run-1', now);
  const attempt = await journal.atMostOnce(
    'do',
    async () => {
      notes(file).add('do');
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    },
    () => ({ tell: 'done' }),
  );
  return { attempt, operations: journal.operations, steps: journal.steps };
});

/** A checkpoint that the service refuses, by AWS's own client and by the mended one. */
export const refused = async ({ arn, token }) => {
  const plain = new DurableExecutionApiClient();
  const failureOf = async (client) => {
    try {
      await client.checkpoint({ DurableExecutionArn: arn, CheckpointToken: token, Updates: [] });
      return { name: 'none' };
    } catch ({ name, message, scope, cause }) {
      return { name, message, scope, cause: cause?.message };
    }
  };
  return { plain: await failureOf(plain), mended: await failureOf(durableClient(plain)) };
};

/** The real runner, with a decision of the test's own on what was really found: `TEST_DECISION`. */
export const decided = async (event, context) => {
  const decision = JSON.parse(process.env.TEST_DECISION);
  curFreshness.decide = () => decision;
  const { handler } = await import('../../../lambdas/runner.handler.ts');
  return handler(event, context);
};
