import type {
  ListMessageMoveTasksCommandInput,
  ListMessageMoveTasksResultEntry,
  StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import type { Sqs } from './sqs.ts';
import type { MessageMove } from './sqs-moves.ts';

const MOST_LISTED = 10;
/** A caller of either operation also needs these permissions on the dead-letter queue. */
const READING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

const reading = (sourceArn: string) => READING.map((action) => ({ action, resource: sourceArn }));

export function moveOperations(sqs: Sqs): Record<string, Operation> {
  return {
    StartMessageMoveTask: operation({
      action: 'sqs:StartMessageMoveTask',
      resource: ({ SourceArn }: StartMessageMoveTaskCommandInput) => SourceArn ?? '',
      also: ({ SourceArn = '', DestinationArn }: StartMessageMoveTaskCommandInput) => {
        const destinations =
          DestinationArn === undefined ? sqs.sourcesOf(SourceArn).map(({ arn }) => arn) : [DestinationArn];
        return [
          ...reading(SourceArn),
          ...destinations.map((resource) => ({ action: 'sqs:SendMessage', resource })),
        ];
      },
      handle: async (input: StartMessageMoveTaskCommandInput) => {
        const { SourceArn = '', DestinationArn, MaxNumberOfMessagesPerSecond: mostPerSecond } = input;
        const task = await sqs.moves.start({
          sourceArn: SourceArn,
          ...(DestinationArn !== undefined && { destinationArn: DestinationArn }),
          ...(mostPerSecond !== undefined && { mostPerSecond }),
        });
        return { TaskHandle: handleOf(task) };
      },
    }),
    ListMessageMoveTasks: operation({
      action: 'sqs:ListMessageMoveTasks',
      resource: ({ SourceArn }: ListMessageMoveTasksCommandInput) => SourceArn ?? '',
      also: ({ SourceArn = '' }: ListMessageMoveTasksCommandInput) => reading(SourceArn),
      handle: ({ SourceArn = '', MaxResults = 1 }: ListMessageMoveTasksCommandInput) => {
        if (!(MaxResults >= 1 && MaxResults <= MOST_LISTED))
          throw new AwsError(
            'InvalidParameterValue',
            `Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and ${MOST_LISTED}.`,
          );
        return { Results: sqs.moves.list(SourceArn).slice(0, MaxResults).map(shown) };
      },
    }),
  };
}

/** The handle is shown only while the task runs. */
const shown = (task: MessageMove): ListMessageMoveTasksResultEntry => ({
  ...(task.status === 'RUNNING' && { TaskHandle: handleOf(task) }),
  Status: task.status,
  SourceArn: task.sourceArn,
  ...(task.destinationArn !== undefined && { DestinationArn: task.destinationArn }),
  ...(task.mostPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: task.mostPerSecond }),
  ApproximateNumberOfMessagesMoved: task.moved,
  ApproximateNumberOfMessagesToMove: task.toMove,
  ...(task.failure !== undefined && { FailureReason: task.failure }),
  StartedTimestamp: task.startedAt,
});

const handleOf = ({ id: taskId, sourceArn }: MessageMove): string =>
  Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');
