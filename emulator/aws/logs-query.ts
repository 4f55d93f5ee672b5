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
    'startFromHead',
  ]);
  const { logStreamNames, logStreamNamePrefix } = input;
  if (logStreamNames && logStreamNamePrefix !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      'logStreamNames and logStreamNamePrefix exclude each other.',
    );
  const matches = filterOf(input.filterPattern);
  const after = readToken(input.nextToken) ?? beginning(input);
  const found = logs
    .searchable(groupNameOf(input))
    .filter(
      (event) =>
        within(event, input) &&
        (!logStreamNames || logStreamNames.includes(event.stream)) &&
        event.stream.startsWith(logStreamNamePrefix ?? '') &&
        matches(event.message),
    );
  // CloudWatch looks through a part of the group at a time, which may hold nothing: here each search begins so.
  if (input.nextToken === undefined) return { events: [], searchedLogStreams: [], nextToken: tokenOf(after) };
  if (after.from === 'end') found.reverse();
  const rest = found.filter((event) => isPast(event, after));
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
    ...(last && page.length < rest.length && { nextToken: tokenOf({ ...last, from: after.from }) }),
  };
}

/** Where a page ended, and from which end the search goes. Not a count: events may arrive and expire between pages. */
interface Position extends Pick<LogEvent, 'at' | 'id'> {
  readonly from: 'head' | 'end';
}

const tokenOf = ({ from, at, id }: Position): string => `${from}/${at}/${id}`;

function readToken(token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const [from, at, id] = token.split('/');
  if (id === undefined || (from !== 'head' && from !== 'end'))
    throw new AwsError('InvalidParameterException', `The specified nextToken is invalid: ${token}`);
  return { from, at: Number(at), id };
}

/** Searches from the end are there since then. */
const FROM_THE_END_SINCE = Date.parse('2024-01-01T00:00:00Z');

function beginning({ startFromHead = true, startTime = 0 }: FilterLogEventsCommandInput): Position {
  if (startFromHead) return { from: 'head', at: 0, id: '' };
  if (startTime < FROM_THE_END_SINCE)
    throw new AwsError(
      'InvalidParameterException',
      `startFromHead is false and startTime ${startTime}; wanted: at least ${FROM_THE_END_SINCE}, 2024-01-01.`,
    );
  return { from: 'end', at: Number.MAX_SAFE_INTEGER, id: '' };
}

const isPast = (event: LogEvent, { from, ...last }: Position): boolean =>
  from === 'head' ? compare(event, last) > 0 : compare(event, last) < 0;

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
