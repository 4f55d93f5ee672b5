import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** A request as it came off the socket, body complete. */
export interface WireRequest {
  readonly method: string;
  /** Still percent-encoded: `new URL` would fold `a/../b`, which is a legal S3 key. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** A stream's length must stand in the headers. */
  readonly body: string | Uint8Array | Readable;
}

/** An error, before a protocol gives it its form. */
export interface WireError {
  /** The exception's name, e.g. `NotFoundException`. */
  readonly code: string;
  /** What the query protocol calls it, e.g. `NotFound`; the same as `code` unless the SDK's schema says otherwise. */
  readonly queryCode: string;
  readonly message: string;
  readonly status: number;
  readonly requestId: string;
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

export const faultOf = (error: WireError): 'Receiver' | 'Sender' =>
  error.status >= 500 ? 'Receiver' : 'Sender';
