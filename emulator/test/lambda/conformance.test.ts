import {
  GetDurableExecutionCommand,
  InvokeCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  paginateGetDurableExecutionHistory,
} from '@aws-sdk/client-lambda';
import type { ErrorObject, Event } from '@aws-sdk/client-lambda';
import { booted } from '../support/booted.ts';
import { Names, judge, requirements } from './requirement.ts';
import type { Actual, CallbackAction, Requirement } from './requirement.ts';
import { durable, startWorld } from './world.ts';
import type { World } from './world.ts';

/** AWS's published core requirements, each by its id. They all run at once, in one emulator. */
const ALL = requirements();

const run = booted(async (defer) => {
  const world = await startWorld();
  defer(() => world.end());
  const { lambda, clock } = world;
  const environment = {
    ECHO: durable(lambda, 'echo', 'conformance.echo'),
    FAILS: durable(lambda, 'fails', 'conformance.fails'),
    OF_TENANT: durable(lambda, 'of-tenant', 'conformance.ofTenant', { perTenant: true }),
  };
  const alias = durable(lambda, 'required', 'conformance.required', { environment });
  const executions = await Promise.all(ALL.map((requirement) => begin(world, alias, requirement)));
  const limit = new Date(clock.now().getTime() + 86_400_000);
  await clock.advanceUntil(async () => {
    for (const { arn, people } of executions) await people.answer(arn);
    return executions.every(({ arn }) => lambda.history(arn).status !== 'RUNNING');
  }, limit);
  const found = new Map<string, { names: Names; actual: Actual }>();
  for (const { id, arn, names } of executions) found.set(id, { names, actual: await actualOf(world, arn) });
  return { found, errors: world.errors };
});

async function begin(world: World, alias: string, requirement: Requirement) {
  const names = new Names(requirement);
  const { DurableExecutionArn = '' } = await world.client.send(
    new InvokeCommand({
      FunctionName: alias,
      InvocationType: 'Event',
      DurableExecutionName: requirement.id,
      Payload: Buffer.from(JSON.stringify({ Input: names.filled(requirement.Input) })),
    }),
  );
  return {
    id: requirement.id,
    arn: DurableExecutionArn,
    names,
    people: new People(world, requirement, names),
  };
}

/** Those who answer an execution's callbacks, in the order and after the seconds that the requirement says. */
class People {
  private readonly actions: CallbackAction[];
  private readonly answered = new Set<string>();
  private readonly world: World;
  private readonly names: Names;

  constructor(world: World, { CallbackActions = [] }: Requirement, names: Names) {
    this.world = world;
    this.names = names;
    this.actions = [...CallbackActions];
  }

  async answer(arn: string): Promise<void> {
    if (this.actions.length === 0) return;
    const { clock } = this.world;
    for (const { EventType, Name, CallbackStartedDetails } of await eventsOf(this.world, arn)) {
      const callbackId = CallbackStartedDetails?.CallbackId ?? '';
      if (EventType !== 'CallbackStarted' || this.answered.has(callbackId)) continue;
      let due = clock.now().getTime();
      while (!this.answered.has(callbackId)) {
        const index = this.actions.findIndex(
          ({ CallbackName }) => CallbackName === '*' || this.names.filled(CallbackName) === Name,
        );
        const [action] = index < 0 ? [] : this.actions.splice(index, 1);
        if (!action) break;
        due += (action.Delay ?? 0) * 1000;
        if (action.Operation !== 'heartbeat') this.answered.add(callbackId);
        clock.at(`${action.Operation} ${callbackId}`, new Date(due), () => this.send(callbackId, action));
      }
    }
  }

  private async send(CallbackId: string, { Operation, Payload }: CallbackAction): Promise<void> {
    const { client } = this.world;
    const payload = this.names.filled(Payload);
    if (Operation === 'heartbeat')
      await client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
    else if (Operation === 'failure')
      await client.send(
        new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: payload as ErrorObject }),
      );
    else {
      const result = payload === undefined ? {} : { Result: Buffer.from(asPython(payload)) };
      await client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, ...result }));
    }
  }
}

/** AWS's kit sends `{"a": 1}`, with a space, and expects it back. */
const asPython = (payload: unknown): string =>
  JSON.stringify(payload, null, 1)
    .replaceAll(/\n\s*/g, ' ')
    .replaceAll(/([{[]) | ([}\]])/g, '$1$2');

async function eventsOf({ client }: World, arn: string): Promise<Event[]> {
  const events: Event[] = [];
  const pages = paginateGetDurableExecutionHistory(
    { client },
    { DurableExecutionArn: arn, IncludeExecutionData: true },
  );
  for await (const { Events = [] } of pages) events.push(...Events);
  return events;
}

async function actualOf(world: World, arn: string): Promise<Actual> {
  const { Status, Result } = await world.client.send(
    new GetDurableExecutionCommand({ DurableExecutionArn: arn }),
  );
  const logged = world
    .messages('required')
    .filter((line) => line.startsWith('{') && line.includes(arn))
    .map((line) => String((JSON.parse(line) as { message?: unknown }).message));
  return { status: Status, result: Result, events: await eventsOf(world, arn), logged };
}

test('there are 148, each with its own id', () => {
  expect(new Set(ALL.map(({ id }) => id)).size).toBe(148);
});

test.each(ALL)('$id: $description', (requirement) => {
  const found = run.found.get(requirement.id);
  if (!found) throw new Error(`${requirement.id} was not run`);
  expect(judge(requirement, found.names, found.actual)).toEqual([]);
});

test('the requirements that give results, logs or failures are told apart from others', () => {
  // Each kind of difference is found: otherwise the checks above would hold for any execution.
  const [first] = ALL;
  const found = first && run.found.get(first.id);
  if (!first || !found) throw new Error('nothing was run');
  const { actual } = found;
  const judged = (change: Partial<Actual>, more: Partial<Requirement> = {}): string[] =>
    judge({ ...first, ...more }, new Names(first), { ...actual, ...change });
  expect(judged({})).toEqual([]);
  expect(judged({ status: 'FAILED' })).toHaveLength(1);
  expect(judged({ result: '"Goodbye"' })).toHaveLength(1);
  expect(judged({ events: actual.events.slice(0, -2) })).not.toEqual([]);
  expect(
    judged({ events: actual.events.map((event) => ({ ...event, Id: `${event.EventId}` })) }),
  ).toHaveLength(1);
  expect(judged({}, { ExpectedLogs: [{ match: { message: '/never/' }, count: 1 }] })).toHaveLength(1);
  expect(run.errors).toEqual([]);
});
