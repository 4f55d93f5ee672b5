import { AwsError } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';

/**
 * Removes `aws-chunked`, the framing inside the HTTP body in which SDKs stream uploads: `<hex
 * length>[;signature]`,
 * data, and after the last chunk trailers with the body's checksum, which become headers here.
 */
export function awsChunked(request: WireRequest): WireRequest {
  const encoding = header(request.headers, 'content-encoding');
  const framed =
    /\baws-chunked\b/.test(encoding ?? '') ||
    header(request.headers, 'x-amz-content-sha256')?.startsWith('STREAMING-');
  if (!framed) return request;
  const { body, trailers } = decode(request.body);
  const promised = header(request.headers, 'x-amz-decoded-content-length');
  if (promised !== undefined && Number(promised) !== body.length) {
    throw new AwsError(
      'IncompleteBody',
      `the body has ${body.length} bytes, x-amz-decoded-content-length says ${promised}`,
      400,
    );
  }
  const headers = { ...request.headers, ...trailers, 'content-length': String(body.length) };
  const others = encoding
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== 'aws-chunked');
  if (others?.length) headers['content-encoding'] = others.join(', ');
  else delete headers['content-encoding'];
  return { ...request, headers, body };
}

function decode(framed: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let position = 0;
  const line = (): string => {
    const end = framed.indexOf('\r\n', position);
    if (end < 0)
      throw new AwsError('IncompleteBody', 'the aws-chunked body ends in the middle of a chunk', 400);
    const text = framed.toString('latin1', position, end);
    position = end + 2;
    return text;
  };
  for (;;) {
    const length = Number.parseInt(line(), 16);
    if (!Number.isInteger(length) || position + length > framed.length) {
      throw new AwsError('IncompleteBody', 'the aws-chunked body ends in the middle of a chunk', 400);
    }
    if (length === 0) break;
    chunks.push(framed.subarray(position, position + length));
    position += length + 2;
  }
  const trailers: Record<string, string> = {};
  while (framed.indexOf('\r\n', position) >= 0) {
    const [name = '', ...value] = line().split(':');
    if (name !== '') trailers[name.trim().toLowerCase()] = value.join(':').trim();
  }
  return { body: Buffer.concat(chunks), trailers };
}
