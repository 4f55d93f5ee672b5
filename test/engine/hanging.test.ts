import type { DurableContext } from '@aws/durable-execution-sdk-js';
import { runProbes } from '../../lambdas/engine/run-probes.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { ANSWER_MS } from '../../lambdas/platform/answered-within.ts';
import { Journal } from '../../lambdas/platform/journal.ts';
import { awsClients } from '../../lambdas/platform/aws.ts';
import type { ReadTools } from '../../lambdas/platform/clients.ts';
import { exampleSettings } from '../support/settings.ts';

/** Of the runner's function. */
const INVOCATION_MS = 300_000;
const NOW = new Date('2026-11-23T14:00:00.000Z');
const settings = exampleSettings();

const never = () => new Promise<never>(() => {});
/** Real clients and a ledger, which take every call and answer none. */
let asked = 0;
const hang = () => {
  asked += 1;
  return never();
};
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const clients = awsClients({ requestHandler: { handle: hang }, credentials });
const ledger = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : hang) });
const tools = { ...clients, patientLambda: clients.lambda, ledger } as unknown as ReadTools;

const probes = playbooks.flatMap((playbook) => {
  const target = playbook.targetOf({ name: playbook.alarms[0]?.name ?? playbook.id, changedAt: NOW });
  return Object.values(playbook.probes).map((probe) => ({
    name: `${playbook.id}: ${probe.name}`,
    probe,
    target,
  }));
});
const actions = [...new Map(playbooks.flatMap((p) => p.actions.map((a) => [a.name, a]))).values()];

beforeAll(async () => {
  process.env.AWS_REGION = 'eu-central-1';
  // Loaded now: the fake clock does not wait for files.
  await Promise.all(Object.values(clients).map((client) => client()));
  // Its first call loads more, too.
  void (await clients.s3()).listObjectsV2({ Bucket: 'one' });
  while (asked === 0) await new Promise(setImmediate);
});
beforeEach(() => {
  jest.spyOn(console, 'log').mockReturnValue();
  jest.useFakeTimers();
  asked = 0;
});
afterEach(() => jest.useRealTimers());

/** What it came to when its invocation ended; undefined: it still hung. */
async function withinAnInvocation<T>(work: Promise<T>): Promise<T | undefined> {
  let end: T | undefined;
  void work.then((value) => (end = value));
  await jest.advanceTimersByTimeAsync(INVOCATION_MS);
  return end;
}

test('the limit leaves the invocation time to put the end on record', () => {
  expect(ANSWER_MS).toBeLessThanOrEqual(INVOCATION_MS - 60_000);
});

test.each(probes)('$name ends as one that did not answer', async ({ probe, target }) => {
  const keep = async () => ({ key: 'evidence/r/before.json', sha256: 'f'.repeat(64) });
  const found = await withinAnInvocation(
    runProbes(
      { probe },
      'before',
      { target, now: NOW, tolerant: true },
      { settings, tools, evidence: { keep } },
    ),
  );
  expect(asked).toBeGreaterThan(0);
  expect(found?.failed).toEqual([expect.stringContaining('did not answer')]);
});

const looks = actions.flatMap((action) => {
  const context = { settings, run: 'run-1', now: NOW, actionId: 'run-1-1', fence: '1' };
  const handle = new Proxy(
    { ...action.example },
    { get: (of, name) => (Reflect.get(of, name) as unknown) ?? 'one' },
  );
  return [
    { name: `${action.name}: reconcile`, look: () => action.reconcile(action.example, context, tools) },
    { name: `${action.name}: progress`, look: () => action.progress(handle, context, tools) },
    ...(action.busy
      ? [{ name: `${action.name}: busy`, look: () => action.busy?.(action.example, context, tools) }]
      : []),
  ];
});

test.each(looks)('$name that hangs did not answer', async ({ look }) => {
  const context = {
    waitForCondition: (
      _: string,
      check: (state: object) => unknown,
      { initialState }: { initialState: object },
    ) => check(initialState),
  } as unknown as DurableContext;
  const journal = new Journal(context, 'run-1', () => NOW);
  const told = () => ({ tell: 'answered' });
  await withinAnInvocation(
    journal.poll<unknown>('look', async () => look(), { done: () => true, pauses: [], told }),
  );
  const [step] = journal.steps;
  // Some know without asking anybody.
  expect(step?.tell).toMatch(asked > 0 ? /did not answer/ : /^answered$/);
});
