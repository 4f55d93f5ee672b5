import type {
  CheckpointDurableExecutionCommandInput,
  GetDurableExecutionCommandInput,
  GetDurableExecutionHistoryCommandInput,
  GetDurableExecutionStateCommandInput,
  ListDurableExecutionsByFunctionCommandInput,
  SendDurableExecutionCallbackFailureCommandInput,
  SendDurableExecutionCallbackHeartbeatCommandInput,
  SendDurableExecutionCallbackSuccessCommandInput,
  StopDurableExecutionCommandInput,
} from '@aws-sdk/client-lambda';
import { operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { decodeCallbackId } from './durable-operations.ts';
import { revive, visibleOperations } from './durable-record.ts';
import type { ExecutionRecord } from './durable-record.ts';
import { invalid } from './durable-validation.ts';
import { referenceArn } from './functions.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Lambda } from './lambda.ts';
import { pageOf } from './paging.ts';

/** Of a callback, in bytes. */
const LARGEST_RESULT = 256 * 1024;
const A_PAGE = 100;
const MOST_A_PAGE = 1000;

/** The API's operations on durable executions. */
export function durableOperations(lambda: Lambda): Record<string, Operation> {
  const { engine } = lambda;
  const { executions } = engine;
  const ofExecution = (input: { DurableExecutionArn: string | undefined }): string =>
    input.DurableExecutionArn ?? '*';
  const ofCallback = (input: { CallbackId: string | undefined }): string =>
    decodeCallbackId(input.CallbackId)?.arn ?? '*';

  return {
    CheckpointDurableExecution: operation({
      action: 'lambda:CheckpointDurableExecution',
      resource: ofExecution,
      handle: async (input: CheckpointDurableExecutionCommandInput) => {
        const { token, operations } = await engine.checkpoint({
          arn: input.DurableExecutionArn,
          token: input.CheckpointToken,
          clientToken: input.ClientToken,
          updates: input.Updates ?? [],
        });
        return {
          CheckpointToken: token,
          NewExecutionState: { Operations: operations.map((it) => revive(it)) },
        };
      },
    }),

    GetDurableExecutionState: operation({
      action: 'lambda:GetDurableExecutionState',
      resource: ofExecution,
      handle: (input: GetDurableExecutionStateCommandInput) => {
        const record = executions.get(input.DurableExecutionArn);
        if (record.status !== 'RUNNING' || input.CheckpointToken !== record.token)
          throw invalid('Invalid checkpoint token');
        const { page, next } = pageOf(visibleOperations(record), input.Marker, input.MaxItems ?? MOST_A_PAGE);
        return { Operations: page.map((it) => revive(it)), NextMarker: next };
      },
    }),

    GetDurableExecution: operation({
      action: 'lambda:GetDurableExecution',
      resource: ofExecution,
      handle: (input: GetDurableExecutionCommandInput) => {
        const record = executions.get(input.DurableExecutionArn);
        const withData = input.IncludeExecutionData ?? true;
        const settings = lambda.functions.resolve(record.functionName, record.functionVersion).fn.durable;
        return {
          ...summaryOf(record),
          Version: record.functionVersion,
          ExecutionDataIncluded: withData,
          ...(withData ? { InputPayload: record.input, Result: record.result, Error: record.error } : {}),
          DurableConfig: {
            ExecutionTimeout: settings?.executionTimeoutSeconds,
            RetentionPeriodInDays: settings?.retentionDays,
          },
        };
      },
    }),

    ListDurableExecutionsByFunction: operation({
      action: 'lambda:ListDurableExecutionsByFunction',
      resource: ({ FunctionName, Qualifier }: ListDurableExecutionsByFunctionCommandInput) =>
        referenceArn(FunctionName ?? '', Qualifier),
      handle: (input: ListDurableExecutionsByFunctionCommandInput) => {
        refuseOptions('ListDurableExecutionsByFunction', input, [
          'FunctionName',
          'DurableExecutionName',
          'Marker',
          'MaxItems',
        ]);
        const { fn } = lambda.functions.resolve(input.FunctionName ?? '');
        const found = executions
          .all()
          .filter(
            ({ functionName, name }) =>
              functionName === fn.name && name === (input.DurableExecutionName ?? name),
          )
          .toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
        const { page, next } = pageOf(found, input.Marker, input.MaxItems ?? A_PAGE);
        return { DurableExecutions: page.map(summaryOf), NextMarker: next };
      },
    }),

    GetDurableExecutionHistory: operation({
      action: 'lambda:GetDurableExecutionHistory',
      resource: ofExecution,
      handle: (input: GetDurableExecutionHistoryCommandInput) => {
        const { events } = executions.get(input.DurableExecutionArn);
        const ordered = input.ReverseOrder ? events.toReversed() : events;
        const { page, next } = pageOf(ordered, input.Marker, input.MaxItems ?? A_PAGE);
        const shown = page.map((event) => revive(event));
        return {
          Events: input.IncludeExecutionData === false ? shown.map(withoutData) : shown,
          NextMarker: next,
        };
      },
    }),

    SendDurableExecutionCallbackSuccess: operation({
      action: 'lambda:SendDurableExecutionCallbackSuccess',
      resource: ofCallback,
      handle: async (input: SendDurableExecutionCallbackSuccessCommandInput) => {
        // The wire has read bytes; the SDK's type also allows other inputs of a client.
        const given = (input.Result ?? new Uint8Array()) as Uint8Array;
        const bytes = given.byteLength;
        if (bytes > LARGEST_RESULT)
          throw invalid(`The callback's result is ${bytes} bytes; at most ${LARGEST_RESULT} are allowed.`);
        const result = bytes > 0 ? Buffer.from(given).toString('utf8') : undefined;
        await engine.completeCallback(input.CallbackId, { status: 'SUCCEEDED', result });
        return {};
      },
    }),

    SendDurableExecutionCallbackFailure: operation({
      action: 'lambda:SendDurableExecutionCallbackFailure',
      resource: ofCallback,
      handle: async (input: SendDurableExecutionCallbackFailureCommandInput) => {
        const bytes = Buffer.byteLength(JSON.stringify(input.Error ?? {}));
        if (bytes > LARGEST_RESULT)
          throw invalid(`The callback's error is ${bytes} bytes; at most ${LARGEST_RESULT} are allowed.`);
        await engine.completeCallback(input.CallbackId, { status: 'FAILED', error: input.Error });
        return {};
      },
    }),

    SendDurableExecutionCallbackHeartbeat: operation({
      action: 'lambda:SendDurableExecutionCallbackHeartbeat',
      resource: ofCallback,
      handle: async (input: SendDurableExecutionCallbackHeartbeatCommandInput) => {
        await engine.heartbeat(input.CallbackId);
        return {};
      },
    }),

    StopDurableExecution: operation({
      action: 'lambda:StopDurableExecution',
      resource: ofExecution,
      handle: async (input: StopDurableExecutionCommandInput) => {
        const record = await engine.stop(input.DurableExecutionArn, input.Error);
        return { StopTimestamp: new Date(record.endedAt ?? 0) };
      },
    }),
  };
}

function summaryOf(record: ExecutionRecord) {
  return {
    DurableExecutionArn: record.arn,
    DurableExecutionName: record.name,
    FunctionArn: record.arn.slice(0, record.arn.indexOf('/durable-execution/')),
    Status: record.status,
    StartTimestamp: new Date(record.startedAt),
    EndTimestamp: record.endedAt === undefined ? undefined : new Date(record.endedAt),
  };
}

/** Without payloads of inputs and results, but with errors. */
function withoutData<T extends object>(event: T): T {
  return Object.fromEntries(
    Object.entries(event).map(([name, member]: [string, unknown]) => [
      name,
      typeof member === 'object' && member !== null && !(member instanceof Date)
        ? Object.fromEntries(Object.entries(member).filter(([key]) => key !== 'Result' && key !== 'Input'))
        : member,
    ]),
  ) as T;
}
