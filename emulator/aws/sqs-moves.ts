import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { AwsError } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import type { StoredMessage } from './sqs-message.ts';
import type { Queue } from './sqs-queue.ts';

export interface MessageMove {
  readonly id: string;
  readonly sourceArn: string;
  /** Left out: each message goes back to the queue it came from. */
  readonly destinationArn?: string;
  readonly mostPerSecond?: number;
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  /** Counted when the task started. */
  readonly toMove: number;
  readonly moved: number;
  readonly failure?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** What a redrive needs of the queues. */
export interface MovingQueues {
  readonly queues: Pick<Collection<Queue>, 'get'>;
  sourcesOf(deadLetterArn: string): readonly Queue[];
  visible(queueArn: string): StoredMessage[];
  redrive(message: StoredMessage, queueArn: string): Promise<void>;
}

const MOST_PER_SECOND = 500;
/** ListMessageMoveTasks shows no more. */
const KEPT = 10;
const STEP_MS = 1000;

const invalid = (what: string): AwsError => new AwsError('InvalidParameterValue', what);
const missing = (what: string): AwsError => new AwsError('ResourceNotFoundException', what, 404);
const noResource = (parameter: string): AwsError =>
  missing(`The resource that you specified for the ${parameter} parameter doesn't exist.`);

/** Redrives: tasks that move the messages of a dead-letter queue back, some each second of the clock. */
export class MessageMoves {
  private readonly tasks: Collection<MessageMove>;
  private readonly clock: Clock;
  private readonly sqs: MovingQueues;

  constructor(needs: { store: Pick<Store, 'collection'>; clock: Clock; sqs: MovingQueues }) {
    this.tasks = needs.store.collection<MessageMove>('sqs.move');
    this.clock = needs.clock;
    this.sqs = needs.sqs;
  }

  /** Continues the tasks that a stop has interrupted. */
  resume(): void {
    for (const task of this.tasks.all()) if (task.status === 'RUNNING') this.arm(task.id);
  }

  async start(
    order: Pick<MessageMove, 'sourceArn' | 'destinationArn' | 'mostPerSecond'>,
  ): Promise<MessageMove> {
    const { sourceArn, destinationArn, mostPerSecond = 1 } = order;
    this.requireSource(sourceArn);
    if (destinationArn !== undefined && !this.sqs.queues.get(destinationArn))
      throw noResource('DestinationArn');
    if (destinationArn === sourceArn)
      throw invalid('Source queue arn and destination queue arn cannot be the same.');
    if (!(mostPerSecond >= 1 && mostPerSecond <= MOST_PER_SECOND))
      throw invalid(
        "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.",
      );
    const others = this.of(sourceArn);
    if (others.some(({ status }) => status === 'RUNNING'))
      throw invalid(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    const task: MessageMove = {
      ...order,
      id: randomUUID(),
      status: 'RUNNING',
      toMove: this.sqs.visible(sourceArn).length,
      moved: 0,
      startedAt: this.clock.now().getTime(),
    };
    await this.tasks.put(task.id, task);
    await Promise.all(others.slice(KEPT - 1).map(({ id }) => this.tasks.delete(id)));
    this.arm(task.id);
    return task;
  }

  /** Newest first. @throws AwsError when that is not a dead-letter queue */
  list(sourceArn: string): MessageMove[] {
    this.requireSource(sourceArn);
    return this.of(sourceArn);
  }

  private of(sourceArn: string): MessageMove[] {
    return this.tasks
      .all()
      .filter((task) => task.sourceArn === sourceArn)
      .reverse();
  }

  private requireSource(sourceArn: string): void {
    if (!this.sqs.queues.get(sourceArn)) throw noResource('SourceArn');
    if (this.sqs.sourcesOf(sourceArn).length === 0)
      throw invalid('Source queue must be configured as a Dead Letter Queue.');
  }

  private arm(id: string): void {
    this.clock.at(timerOf(id), new Date(this.clock.now().getTime() + STEP_MS), () => this.step(id));
  }

  private async step(id: string): Promise<void> {
    const task = this.tasks.get(id);
    if (task?.status !== 'RUNNING') return;
    const most = Math.min(task.mostPerSecond ?? MOST_PER_SECOND, task.toMove - task.moved);
    const due = this.sqs.visible(task.sourceArn).slice(0, most);
    const { moved, failure } = await this.carry(due, task.destinationArn);
    const after = { ...task, moved: task.moved + moved };
    const over = due.length < most || after.moved >= task.toMove;
    const status = failure !== undefined ? 'FAILED' : over ? 'COMPLETED' : 'RUNNING';
    await this.tasks.put(id, { ...after, status, ...(failure !== undefined && { failure }) });
    if (status === 'RUNNING') this.arm(id);
  }

  /** Moves messages up to the first one without a destination. */
  private async carry(
    messages: readonly StoredMessage[],
    destinationArn: string | undefined,
  ): Promise<{ moved: number; failure?: string }> {
    const going: Promise<void>[] = [];
    let failure: string | undefined;
    for (const message of messages) {
      const target = destinationArn ?? message.deadLetterSourceArn;
      if (target === undefined) failure = 'CouldNotDetermineMessageSource';
      else if (!this.sqs.queues.get(target)) failure = 'AWS.SimpleQueueService.NonExistentQueue';
      else going.push(this.sqs.redrive(message, target));
      if (failure !== undefined) break;
    }
    await Promise.all(going);
    return { moved: going.length, ...(failure !== undefined && { failure }) };
  }
}

const timerOf = (id: string): string => `sqs.move ${id}`;
