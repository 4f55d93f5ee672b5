import { isNear } from '../../domain/nearest.ts';
import { isClassicMessage, readClassicMessage } from './classic-message.ts';
import { isDirect, readDirect } from './direct.ts';
import { isEventBridge, readEventBridge } from './eventbridge.ts';
import { isObject, own, ownText, parseJson, textOf, type JsonObject } from './json.ts';
import { knownNotice, knownText } from './other-notices.ts';
import { ignored, unrecognised, type Origin, type Received, type Verdict } from './received.ts';
import {
  contentOfNotification,
  contentOfSnsRecord,
  isNotification,
  isSnsRecord,
  type SnsContent,
} from './sns.ts';
import { bodyOfSqsRecord, isSqsRecord, originOfSqsRecord } from './sqs.ts';

/** SQS, SNS, EventBridge and the message make four; deeper nesting is an attack or a loop. */
const MAX_DEPTH = 6;

const MANUAL_KEYS = ['run', 'replay', 'status'];
/** Of a manual call, with those that go with them. */
const ALL_MANUAL_KEYS = [...MANUAL_KEYS, 'target', 'mode', 'by', 'reason', 'request'];

/** The envelopes opened so far. */
interface Path extends Omit<Origin, 'via'> {
  readonly via: readonly string[];
  readonly depth: number;
  /** The text that the value was parsed from, unchanged, so that its digest is the sender's. */
  readonly text?: string;
}

/**
 * Every message of an event in any envelope: SNS, SQS, SNS in SQS, EventBridge, EventBridge in SNS, a
 * direct alarm action, the bare message, or a manual invocation. Never throws; an unreadable message
 * costs no neighbour.
 */
export function readEvent(event: unknown): Received[] {
  if (isObject(event) && !isEnvelope(event) && isManual(event)) {
    return [{ kind: 'manual', payload: event, body: textOf(event), origin: { via: 'invoke' } }];
  }
  return readValue(event, { via: [], depth: 0 });
}

/** A mistyped one, too: the person gets an answer, and nobody else is notified. */
const isManual = (event: JsonObject): boolean => {
  const keys = Object.keys(event);
  if (MANUAL_KEYS.some((key) => keys.includes(key))) return true;
  return keys.length > 0 && keys.every((key) => isNear(key, ALL_MANUAL_KEYS));
};

/** An envelope may have a key `status`, and stays an envelope. */
const isEnvelope = (event: JsonObject) =>
  Array.isArray(own(event, 'Records')) ||
  [isNotification, isEventBridge, isDirect, isClassicMessage].some((is) => is(event));

function readValue(value: unknown, path: Path): Received[] {
  try {
    if (path.depth > MAX_DEPTH) {
      return [received(unrecognised(`nested in more than ${MAX_DEPTH} envelopes`), value, path)];
    }
    if (typeof value === 'string') return readText(value, path);
    // EventBridge Pipes pass a bare list; deeper down a list is no envelope.
    const list = isObject(value) ? own(value, 'Records') : path.depth === 0 ? value : undefined;
    if (Array.isArray(list) && list.length > 0) {
      return list.flatMap((record) => readRecord(record, inside(path)));
    }
    if (isObject(value)) return readObject(value, path);
    return [received(unrecognised('neither an alarm nor an envelope'), value, path)];
  } catch (error) {
    // A fault of ours in reading one message must not cost its neighbours.
    return [received(unrecognised(`could not be read: ${String(error)}`), value, path)];
  }
}

function readText(text: string, outer: Path): Received[] {
  const path = { ...outer, text };
  const value = parseJson(text);
  if (value !== undefined) return readValue(value, path);
  const known = knownText(text);
  return [received(known ? ignored(`${known}, no alarm`) : unrecognised('text that is no JSON'), text, path)];
}

function readRecord(record: unknown, path: Path): Received[] {
  if (!isObject(record)) return readValue(record, path);
  if (isSnsRecord(record)) return readSns(record, contentOfSnsRecord(record), path);
  if (isSqsRecord(record)) {
    return readText(bodyOfSqsRecord(record), {
      ...path,
      ...originOfSqsRecord(record),
      via: [...path.via, 'SQS'],
    });
  }
  const source = ownText(record, 'eventSource') ?? ownText(record, 'EventSource');
  if (source?.startsWith('aws:') && source !== 'aws:sns' && source !== 'aws:sqs') {
    return [received(ignored(`a record of ${source} is no alarm`), record, path)];
  }
  return readValue(record, path);
}

function readObject(value: JsonObject, path: Path): Received[] {
  if (isNotification(value)) return readSns(value, contentOfNotification(value), path);
  if (isEventBridge(value)) return [received(readEventBridge(value), value, opened(path, 'EventBridge'))];
  if (isDirect(value)) return [received(readDirect(value), value, opened(path, 'CloudWatch'))];
  if (isClassicMessage(value)) return [received(readClassicMessage(value, path.source), value, path)];
  const known = knownNotice(value);
  return [
    received(known ? ignored(`${known}, no alarm`) : unrecognised('JSON that is no alarm'), value, path),
  ];
}

function readSns(envelope: JsonObject, content: SnsContent, path: Path): Received[] {
  const here = opened(path, 'SNS');
  if ('verdict' in content) return [received(content.verdict, envelope, here)];
  const source = content.topicArn ?? path.source;
  return readText(content.message, { ...here, ...(source && { source }) });
}

function inside({ text: _text, ...path }: Path): Path {
  return { ...path, depth: path.depth + 1 };
}
const opened = (path: Path, envelope: string): Path => ({
  ...path,
  depth: path.depth + 1,
  via: [...path.via, envelope],
});

function received(verdict: Verdict, value: unknown, { via, source, sqsMessageId, text }: Path): Received {
  const origin: Origin = {
    via: via.length > 0 ? via.join(' > ') : 'invoke',
    ...(source && { source }),
    ...(sqsMessageId && { sqsMessageId }),
  };
  return { ...verdict, body: text ?? textOf(value), origin };
}
