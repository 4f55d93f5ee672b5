import { xmlCodec } from './codecs.ts';
import { faultOf } from './message.ts';
import type { WireRequest } from './message.ts';
import type { Input, Protocol, ProtocolFor } from './protocol.ts';
import { readQueryParameters } from './query-parameters.ts';
import { escapeXml } from './xml-text.ts';

const codec = xmlCodec('');

/** awsQuery: parameters as a form in, XML out. Also spoken to JSON services by CLIs that predate their JSON. */
export const query: ProtocolFor = (service): Protocol => {
  const xmlns = service.xmlNamespace ? ` xmlns="${service.xmlNamespace}"` : '';
  return {
    denied: service.errors.has('AuthorizationErrorException')
      ? { code: 'AuthorizationErrorException', status: 403 }
      : { code: 'AccessDenied', status: 403 },
    invalid: 'ValidationError',
    asked: (request) => parametersOf(request).get('Action') ?? '',
    find(request) {
      const operation = service.operations.get(parametersOf(request).get('Action') ?? '');
      return operation && { operation };
    },
    async read(request, { operation }) {
      if (operation.input.isUnitSchema()) return {};
      return readQueryParameters(operation.input, parametersOf(request)) as Input;
    },
    write({ name, output: schema }, output, requestId) {
      const result = schema.isUnitSchema()
        ? ''
        : renamed(codec.write(schema, output) as string, `${name}Result`);
      return {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: `<${name}Response${xmlns}>${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
      };
    },
    fail: (error) => ({
      status: error.status,
      headers: { 'content-type': 'text/xml' },
      body:
        `<ErrorResponse${xmlns}><Error><Type>${faultOf(error)}</Type><Code>${escapeXml(error.queryCode)}</Code>` +
        `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${error.requestId}</RequestId></ErrorResponse>`,
    }),
  };
};

/** A presigned call (STS) carries its parameters in the URL. */
const parametersOf = (request: WireRequest): URLSearchParams =>
  request.method === 'GET' ? request.query : new URLSearchParams(request.body.toString('utf8'));

/** The codec names the root after the output's schema; the protocol wants it named after the operation. */
const renamed = (element: string, name: string): string =>
  element.replace(/^<[^\s/>]+/, `<${name}`).replace(/<\/[^<>]+>$/, `</${name}>`);
