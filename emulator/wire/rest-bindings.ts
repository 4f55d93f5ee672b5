import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { NormalizedSchema } from '@smithy/core/schema';
import { readText, writeText } from './codecs.ts';
import type { Codec } from './codecs.ts';
import { header } from './message.ts';
import type { WireAnswer, WireRequest } from './message.ts';
import type { Input, Target } from './protocol.ts';
import type { OperationSchema } from './operation-schema.ts';

/** A REST input lies in the path, the query, the headers and the body; each member's schema says where. */
export async function readBindings(codec: Codec, request: WireRequest, target: Target): Promise<Input> {
  const { operation, labels = {} } = target;
  if (operation.input.isUnitSchema()) return {};
  const input: Input = {};
  let inBody = false;
  for (const [name, member] of operation.input.structIterator()) {
    const traits = member.getMergedTraits();
    if (traits.httpLabel) {
      if (labels[name] !== undefined) input[name] = readText(member, labels[name]);
    } else if (traits.httpHeader) {
      const value = header(request.headers, traits.httpHeader);
      if (value !== undefined) input[name] = readText(member, value);
    } else if (traits.httpPrefixHeaders) {
      const found = prefixed(request.headers, traits.httpPrefixHeaders.toLowerCase());
      if (Object.keys(found).length > 0) input[name] = found;
    } else if (traits.httpQuery) {
      if (request.query.has(traits.httpQuery))
        input[name] = readParameter(member, request.query.getAll(traits.httpQuery));
    } else if (traits.httpQueryParams) {
      input[name] = Object.fromEntries(request.query);
    } else if (traits.httpPayload) {
      if (request.body.length > 0) input[name] = await readPayload(codec, member, request.body);
    } else {
      inBody = true;
    }
  }
  if (!inBody || request.body.length === 0) return input;
  return { ...((await codec.read(operation.input, request.body)) as Input), ...input };
}

/**
 * @param contentType of a body that the codec writes
 * @param output may say its own status in `$metadata.httpStatusCode`, as a partial GetObject does
 */
export function writeBindings(
  codec: Codec,
  contentType: string,
  operation: OperationSchema,
  output: Input,
): WireAnswer {
  const answer = {
    status:
      (output['$metadata'] as { httpStatusCode?: number } | undefined)?.httpStatusCode ??
      operation.http?.status ??
      200,
    headers: {} as Record<string, string>,
    body: '' as WireAnswer['body'],
  };
  if (operation.output.isUnitSchema()) return answer;
  const rest: Input = {};
  let inBody = false;
  for (const [name, member] of operation.output.structIterator()) {
    const traits = member.getMergedTraits();
    const value = output[name];
    const bound =
      traits.httpHeader ?? traits.httpPrefixHeaders ?? traits.httpResponseCode ?? traits.httpPayload;
    if (bound === undefined) {
      inBody = true;
      if (value != null) rest[name] = value;
    } else if (value == null) {
      continue;
    } else if (traits.httpResponseCode) {
      answer.status = value as number;
    } else if (traits.httpHeader) {
      answer.headers[traits.httpHeader.toLowerCase()] = writeText(member, value);
    } else if (traits.httpPrefixHeaders) {
      for (const [key, text] of Object.entries(value as Record<string, string>)) {
        answer.headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = text;
      }
    } else {
      const raw = member.isBlobSchema() || member.isStringSchema();
      answer.body = raw ? (value as string | Uint8Array | Readable) : codec.write(member, value);
      answer.headers['content-type'] ??= raw ? 'application/octet-stream' : contentType;
    }
  }
  if (inBody) {
    answer.body = codec.write(operation.output, rest);
    answer.headers['content-type'] = contentType;
  }
  return answer;
}

const readParameter = (member: NormalizedSchema, values: string[]): unknown =>
  member.isListSchema()
    ? values.map((value) => readText(member.getValueSchema(), value))
    : readText(member, values[0] ?? '');

async function readPayload(codec: Codec, member: NormalizedSchema, body: Buffer): Promise<unknown> {
  if (member.isBlobSchema()) return body;
  return member.isStringSchema() ? body.toString('utf8') : codec.read(member, body);
}

function prefixed(headers: IncomingHttpHeaders, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.keys(headers)
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), header(headers, name) ?? '']),
  );
}
