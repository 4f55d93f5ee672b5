import { jsonCodec } from './codecs.ts';
import { faultOf, header } from './message.ts';
import type { Input, Protocol, ProtocolFor } from './protocol.ts';

const codec = jsonCodec(false);

/** awsJson 1.0 and 1.1: the operation stands in `x-amz-target`, everything else in a JSON body. */
export const jsonRpc: ProtocolFor = (service): Protocol => {
  const nameOf = (target: string | undefined): string => target?.split('.').at(-1) ?? '';
  return {
    denied: { code: 'AccessDeniedException', status: 400 },
    invalid: 'ValidationException',
    asked: (request) => nameOf(header(request.headers, 'x-amz-target')),
    find(request) {
      const operation = service.operations.get(nameOf(header(request.headers, 'x-amz-target')));
      return operation && { operation };
    },
    async read({ body }, { operation }) {
      if (body.length === 0 || operation.input.isUnitSchema()) return {};
      return (await codec.read(operation.input, body)) as Input;
    },
    write: (operation, output) => ({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: operation.output.isUnitSchema() ? '' : codec.write(operation.output, output),
    }),
    fail: (error) => ({
      status: error.status,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        ...(service.queryCompatible && { 'x-amzn-query-error': `${error.queryCode};${faultOf(error)}` }),
      },
      body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
    }),
  };
};
