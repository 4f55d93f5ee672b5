import { randomUUID } from 'node:crypto';
import {
  DurableExecutionInvocationInputWithClient,
  type DurableExecutionClient,
  type DurableLambdaHandler,
} from '@aws/durable-execution-sdk-js';
import type { OperationUpdate } from '@aws-sdk/client-lambda';
import type { Pool } from 'pg';
import { applyUpdate, dueTimes, settleDue } from '../../../emulator/lambda/durable-operations.ts';
import {
  findOperation,
  startedRecord,
  visibleOperations,
  type ExecutionRecord,
} from '../../../emulator/lambda/durable-record.ts';

/** In which function nobody else's executions are. */
const FUNCTION = 'arn:aws:lambda:us-east-1:012345678901:function:bench:1';

interface Live {
  readonly record: ExecutionRecord;
  /** Milliseconds by which its waits have moved its clock: nothing waits for real. */
  skipped: number;
}

/**
 * Durable executions in one table: the rules are the emulator's, and each change is committed before it is answered.
 * Under one name there is one execution, however often its alarm comes.
 */
export class Executions {
  private readonly pool: Pool;
  private readonly handlerOf: (now: () => Date) => DurableLambdaHandler;
  private readonly live = new Map<string, Live>();

  constructor(pool: Pool, handlerOf: (now: () => Date) => DurableLambdaHandler) {
    this.pool = pool;
    this.handlerOf = handlerOf;
  }

  async start(name: string, input: object): Promise<void> {
    const record = newRecord(name, JSON.stringify(input));
    const { rowCount } = await this.pool.query(
      'insert into bench.execution (name, record, running) values ($1, $2, true) on conflict do nothing',
      [name, JSON.stringify(record)],
    );
    if (rowCount === 1) await this.drive(record);
  }

  async resume(): Promise<void> {
    const { rows } = await this.pool.query<{ record: ExecutionRecord }>(
      'select record from bench.execution where running order by name',
    );
    await Promise.all(rows.map(({ record }) => this.drive(record)));
  }

  private async drive(record: ExecutionRecord): Promise<void> {
    const live: Live = { record, skipped: 0 };
    const now = (): Date => new Date(Date.now() + live.skipped);
    const handler = this.handlerOf(now);
    this.live.set(record.arn, live);
    for (;;) {
      const event = new DurableExecutionInvocationInputWithClient(
        {
          DurableExecutionArn: record.arn,
          CheckpointToken: record.token,
          InitialExecutionState: { Operations: visibleOperations(record), NextMarker: '' },
        },
        this.client(live, now),
      );
      const answer = (await handler(event, {
        awsRequestId: randomUUID(),
        functionName: 'bench',
        invokedFunctionArn: FUNCTION,
        getRemainingTimeInMillis: () => 900_000,
      } as never)) as { Status: string; Result?: string; Error?: object };
      if (answer.Status !== 'PENDING') {
        await this.save(record, false);
        this.live.delete(record.arn);
        if (!answer.Result?.includes('"outcome":"resolved"'))
          throw new Error(
            `${record.name} was not resolved: ${answer.Result ?? JSON.stringify(answer.Error)}`,
          );
        return;
      }
      // What it waits for comes at once.
      const due = record.operations.flatMap((operation) => dueTimes(record, operation)).sort()[0];
      if (due === undefined) throw new Error(`${record.name} waits for nothing that comes by itself`);
      live.skipped += Math.max(0, Date.parse(due) - now().getTime());
      settleDue(record, now());
    }
  }

  private client({ record }: Live, now: () => Date): DurableExecutionClient {
    return {
      getExecutionState: async () => ({ Operations: visibleOperations(record), NextMarker: '' }),
      checkpoint: async ({ Updates = [] }) => {
        for (const update of Updates as readonly OperationUpdate[])
          if (update.Type !== 'EXECUTION') applyUpdate(record, update, now());
        await this.save(record, true);
        const Operations = Updates.map(({ Id }) => findOperation(record, Id)) as never;
        return { CheckpointToken: record.token, NewExecutionState: { Operations, NextMarker: '' } };
      },
    };
  }

  private async save(record: ExecutionRecord, running: boolean): Promise<void> {
    // Nobody reads the history of these.
    record.events.length = 0;
    await this.pool.query('update bench.execution set record = $2, running = $3 where name = $1', [
      record.name,
      JSON.stringify(record),
      running,
    ]);
  }
}

function newRecord(name: string, input: string): ExecutionRecord {
  const id = randomUUID();
  return startedRecord({
    id,
    arn: `${FUNCTION}/durable-execution/${name}/${id}`,
    name,
    functionName: 'bench',
    functionVersion: '1',
    invokedArn: FUNCTION,
    async: true,
    input,
    now: new Date(),
    seconds: 86_400,
  });
}
