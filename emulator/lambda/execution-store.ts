import type { Collection, Store } from '../kernel/store.ts';
import { AwsError } from '../kernel/service.ts';
import type { ExecutionRecord } from './durable-record.ts';

/** Stores executions. Writes of one execution never overtake each other: a start would find an older state. */
export class ExecutionStore {
  private readonly records: Collection<ExecutionRecord>;
  /** The newest ARN of each function and execution name. */
  private readonly names = new Map<string, string>();
  private readonly writing = new Map<string, Promise<void>>();
  private readonly queued = new Map<string, Promise<void>>();

  constructor(store: Pick<Store, 'collection'>) {
    this.records = store.collection('lambda.execution');
    for (const record of this.records.all())
      this.names.set(nameKey(record.functionName, record.name), record.arn);
  }

  find(arn: string): ExecutionRecord | undefined {
    return this.records.get(arn);
  }

  get(arn: string | undefined): ExecutionRecord {
    const record = arn === undefined ? undefined : this.find(arn);
    if (!record) throw new AwsError('ResourceNotFoundException', `Durable execution not found: ${arn}`, 404);
    return record;
  }

  byName(functionName: string, name: string): ExecutionRecord | undefined {
    const arn = this.names.get(nameKey(functionName, name));
    return arn === undefined ? undefined : this.find(arn);
  }

  all(): ExecutionRecord[] {
    return this.records.all();
  }

  /** Visible to others before this returns, durable when it resolves. */
  add(record: ExecutionRecord): Promise<void> {
    this.names.set(nameKey(record.functionName, record.name), record.arn);
    const put = this.records.put(record.arn, record);
    this.writing.set(record.arn, put);
    return put;
  }

  /** Waits for the writes under way. */
  async durable(record: ExecutionRecord): Promise<void> {
    await (this.queued.get(record.arn) ?? this.writing.get(record.arn));
  }

  /** Durable when it resolves, with every change until the call. */
  save(record: ExecutionRecord): Promise<void> {
    const queued = this.queued.get(record.arn);
    if (queued) return queued;
    const write = async (): Promise<void> => {
      await this.writing.get(record.arn)?.catch(() => undefined);
      // A change from here on may be too late for this write, and needs its own.
      this.queued.delete(record.arn);
      const put = this.records.put(record.arn, record);
      this.writing.set(record.arn, put);
      await put;
    };
    const next = write();
    this.queued.set(record.arn, next);
    return next;
  }
}

const nameKey = (functionName: string, name: string): string => `${functionName}/${name}`;
