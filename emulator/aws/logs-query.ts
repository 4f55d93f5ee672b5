import type {
  FilterLogEventsCommandInput,
  FilterLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { arn } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { filterOf } from './logs-filter.ts';
import type { Logs } from './logs.ts';
import { compare } from './logs-store.ts';
import type { LogEvent } from './logs-store.ts';

type Output<T> = Omit<T, '$metadata'>;

const MOST_EVENTS = 10_000;
/** 1 MB to an answer; CloudWatch counts 26 bytes more for each event. */
const MOST_BYTES = 1_048_576;
const EVENT_OVERHEAD = 26;

export const groupArn = (name: string): string => arn('logs', `log-group:${name}`);

/** @throws AwsError unless exactly one of both is given */
export function groupNameOf(input: {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}): string {
  const { logGroupName, logGroupIdentifier } = input;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined))
    throw new AwsError(
      'InvalidParameterException',
      'Exactly one of logGroupName and logGroupIdentifier is required.',
    );
  return logGroupName ?? (logGroupIdentifier ?? '').replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '');
}

export function filterLogEvents(
  logs: Logs,
  input: FilterLogEventsCommandInput,
): Output<FilterLogEventsCommandOutput> {
  refuseOptions('FilterLogEvents', input, [
    'logGroupName',
    'logGroupIdentifier',
    'logStreamNames',
    'logStreamNamePrefix',
    'startTime',
    'endTime',
    'filterPattern',
    'nextToken',
    'limit',
    'interleaved',
  ]);
  const { logStreamNames, logStreamNamePrefix } = input;
  if (logStreamNames && logStreamNamePrefix !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      'logStreamNames and logStreamNamePrefix exclude each other.',
    );
  const matches = filterOf(input.filterPattern);
  const after = readToken(input.nextToken);
  const found = logs
    .events(groupNameOf(input))
    .filter(
      (event) =>
        within(event, input) &&
        (!logStreamNames || logStreamNames.includes(event.stream)) &&
        event.stream.startsWith(logStreamNamePrefix ?? '') &&
        matches(event.message),
    );
  const rest = after ? found.filter((event) => compare(event, after) > 0) : found;
  const page = firstPage(rest, input.limit);
  const last = page.at(-1);
  return {
    events: page.map((event) => ({
      logStreamName: event.stream,
      timestamp: event.at,
      message: event.message,
      ingestionTime: event.ingestedAt,
      eventId: event.id,
    })),
    searchedLogStreams: [],
    ...(last && page.length < rest.length && { nextToken: tokenOf(last) }),
  };
}

/** Where a page ended. Not a count: events may arrive and expire between pages. */
type Position = Pick<LogEvent, 'at' | 'id'>;

const tokenOf = ({ at, id }: Position): string => `${at}/${id}`;

function readToken(token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const [at, id] = token.split('/');
  if (id === undefined)
    throw new AwsError('InvalidParameterException', `The specified nextToken is invalid: ${token}`);
  return { at: Number(at), id };
}

/** Both ends are included. */
const within = (
  { at }: LogEvent,
  { startTime, endTime }: { startTime?: number | undefined; endTime?: number | undefined },
): boolean => at >= (startTime ?? 0) && at <= (endTime ?? Infinity);

function firstPage(events: readonly LogEvent[], limit: number = MOST_EVENTS): LogEvent[] {
  if (limit < 1 || limit > MOST_EVENTS)
    throw new AwsError('InvalidParameterException', `limit is ${limit}; wanted: 1 to ${MOST_EVENTS}.`);
  const page: LogEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    bytes += Buffer.byteLength(event.message) + EVENT_OVERHEAD;
    if (page.length === limit || (bytes > MOST_BYTES && page.length > 0)) break;
    page.push(event);
  }
  return page;
}
