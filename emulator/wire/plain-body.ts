import { gunzipSync } from 'node:zlib';
import { AwsError } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';
import type { ServiceSchema } from './service-schema.ts';

/** A request that unpacks to more is rejected as an attack. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** SDKs send a PutMetricData of over 10 KB gzipped. S3 keeps bodies as they come: there the encoding is the object's. */
export function plainBody(request: WireRequest, service: ServiceSchema): WireRequest {
  const encoding = header(request.headers, 'content-encoding');
  if (encoding !== 'gzip' || service.protocol === 'restXml') return request;
  try {
    return { ...request, body: gunzipSync(request.body, { maxOutputLength: LIMIT_BYTES }) };
  } catch (cause) {
    throw new AwsError('SerializationException', `the gzipped body cannot be read: ${String(cause)}`, 400);
  }
}
