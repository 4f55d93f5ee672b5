import { awsChunked } from './aws-chunked.ts';
import { jsonCodec, xmlCodec } from './codecs.ts';
import type { Codec } from './codecs.ts';
import type { WireRequest } from './message.ts';
import type { Protocol, ProtocolFor } from './protocol.ts';
import { readBindings, writeBindings } from './rest-bindings.ts';
import { findRoute } from './route-table.ts';
import type { ServiceSchema } from './service-schema.ts';
import { escapeXml } from './xml-text.ts';

type Rest = Pick<Protocol, 'asked' | 'find' | 'read' | 'write'>;

function rest(service: ServiceSchema, codec: Codec, contentType: string): Rest {
  return {
    asked: (request: WireRequest) =>
      findRoute(service.routes, request)?.operation.name ?? `${request.method} ${request.path}`,
    find: (request) => findRoute(service.routes, request),
    read: (request, target) => readBindings(codec, awsChunked(request), target),
    write: (operation, output) => writeBindings(codec, contentType, operation, output),
  };
}

const json = jsonCodec(true);

export const restJson: ProtocolFor = (service): Protocol => ({
  ...rest(service, json, 'application/json'),
  denied: { code: 'AccessDeniedException', status: 403 },
  invalid: 'ValidationException',
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({
      Type: error.status >= 500 ? 'Service' : 'User',
      message: error.message,
      Message: error.message,
    }),
  }),
});

/** Errors are S3's: not wrapped in an `ErrorResponse`, as other restXml services would have it. */
export const restXml: ProtocolFor = (service): Protocol => ({
  ...rest(service, xmlCodec(service.xmlNamespace), 'application/xml'),
  denied: { code: 'AccessDenied', status: 403 },
  invalid: 'InvalidRequest',
  fail: (error) => ({
    status: error.status,
    headers: { 'content-type': 'application/xml' },
    body:
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${escapeXml(error.code)}</Code>` +
      `<Message>${escapeXml(error.message)}</Message><RequestId>${error.requestId}</RequestId></Error>`,
  }),
});
