import { cbor } from './cbor.ts';
import { jsonRpc } from './json-rpc.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';
import type { Protocol } from './protocol.ts';
import { query } from './query.ts';
import { restJson, restXml } from './rest.ts';
import type { ServiceSchema } from './service-schema.ts';

/**
 * REST services have one protocol. For the others the request decides: SDKs, CLI 1 and CLI 2 use
 * JSON, CBOR and awsQuery with the same CloudWatch.
 */
export function protocolOf(service: ServiceSchema, request: WireRequest): Protocol {
  if (service.protocol === 'restJson') return restJson(service);
  if (service.protocol === 'restXml') return restXml(service);
  return (bySight(request) ?? (service.protocol === 'query' ? query : jsonRpc))(service);
}

/** For errors before the service is known. */
export const protocolByLook = (request: WireRequest): Protocol => (bySight(request) ?? restJson)(NOBODY);

function bySight(request: WireRequest): typeof query | undefined {
  if (header(request.headers, 'smithy-protocol') === 'rpc-v2-cbor') return cbor;
  if (header(request.headers, 'x-amz-target') !== undefined) return jsonRpc;
  return header(request.headers, 'content-type')?.startsWith('application/x-www-form-urlencoded')
    ? query
    : undefined;
}

const NOBODY: ServiceSchema = {
  signingName: '',
  protocol: 'restJson',
  xmlNamespace: '',
  queryCompatible: false,
  operations: new Map(),
  routes: [],
  errors: new Map(),
};
