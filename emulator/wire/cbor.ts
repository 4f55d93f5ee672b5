import { NormalizedSchema } from '@smithy/core/schema';
import { cborCodec } from './codecs.ts';
import { faultOf } from './message.ts';
import type { Input, Protocol, ProtocolFor } from './protocol.ts';

const codec = cborCodec();
const DOCUMENT = NormalizedSchema.of(15);

/** rpcv2Cbor: `POST /service/<name>/operation/<operation>`. Newer SDKs of other languages speak it to CloudWatch. */
export const cbor: ProtocolFor = (service): Protocol => {
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
  return {
    denied: { code: 'AccessDeniedException', status: 403 },
    invalid: 'ValidationException',
    asked: (request) => request.path.split('/').at(-1) ?? '',
    find(request) {
      const operation = service.operations.get(request.path.split('/').at(-1) ?? '');
      return operation && { operation };
    },
    async read({ body }, { operation }) {
      if (body.length === 0 || operation.input.isUnitSchema()) return {};
      return (await codec.read(operation.input, body)) as Input;
    },
    write: ({ output: schema }, output) => ({
      status: 200,
      headers,
      body: codec.write(schema.isUnitSchema() ? DOCUMENT : schema, output),
    }),
    fail: (error) => ({
      status: error.status,
      headers: {
        ...headers,
        ...(service.queryCompatible && { 'x-amzn-query-error': `${error.queryCode};${faultOf(error)}` }),
      },
      body: codec.write(DOCUMENT, { __type: error.code, message: error.message }),
    }),
  };
};
