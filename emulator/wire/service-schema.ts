import { NormalizedSchema } from '@smithy/core/schema';
import type { ServiceDefinition } from '../kernel/service.ts';
import { REGION } from '../kernel/places.ts';
import type { OperationSchema } from './operation-schema.ts';
import { routesOf } from './route-table.ts';
import type { Route } from './route-table.ts';

/**
 * A service as the wire knows it, from the schemas that its `@aws-sdk/client-*` package exports as
 * `<Name>$`. They are internals of the SDK, arrays that begin with a kind number, so its versions are pinned
 * and test/wire checks each protocol with the real clients.
 */
export interface ServiceSchema {
  readonly signingName: string;
  readonly protocol: 'json' | 'query' | 'restJson' | 'restXml';
  readonly xmlNamespace: string;
  /** JSON services that used awsQuery before send the old error code in a header. */
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationSchema>;
  readonly routes: readonly Route[];
  readonly errors: ReadonlyMap<string, ErrorSchema>;
}

export interface ErrorSchema {
  readonly status: number;
  readonly queryCode: string | undefined;
}

interface ClientConfig {
  readonly protocol: { getShapeId(): string };
  readonly protocolSettings: { xmlNamespace?: string; awsQueryCompatible?: boolean };
}

const OPERATION_KIND = 9;
const ERROR_KIND = -3;
/** [kind, namespace, name, traits, …]; of structures [4] lists the members and [6] counts the required ones, which come first. */
type RawSchema = readonly [number, string, string, unknown, ...unknown[]];

const PROTOCOLS: Readonly<Record<string, ServiceSchema['protocol']>> = {
  'aws.protocols#awsJson1_0': 'json',
  'aws.protocols#awsJson1_1': 'json',
  'aws.protocols#awsQuery': 'query',
  'aws.protocols#restJson1': 'restJson',
  'aws.protocols#restXml': 'restXml',
};

export async function loadServiceSchema(definition: ServiceDefinition): Promise<ServiceSchema> {
  const sdk = await definition.sdk();
  const { protocol, protocolSettings } = configOf(sdk, definition.clientClass);
  const name = PROTOCOLS[protocol.getShapeId()];
  if (!name) {
    throw new Error(
      `${definition.clientClass} speaks ${protocol.getShapeId()}; the wire speaks ${Object.keys(PROTOCOLS).join(', ')}`,
    );
  }
  const schemas = Object.entries(sdk).filter((entry): entry is [string, RawSchema] => isSchema(entry));
  const operations = new Map<string, OperationSchema>();
  const errors = new Map<string, ErrorSchema>();
  for (const [, schema] of schemas) {
    if (schema[0] === OPERATION_KIND) operations.set(schema[2], operationOf(schema));
    if (schema[0] === ERROR_KIND) errors.set(schema[2], errorOf(schema));
  }
  for (const wanted of Object.keys(definition.operations)) {
    if (!operations.has(wanted)) {
      throw new Error(
        `${definition.signingName}.${wanted} is not an operation of ${definition.clientClass}: is it a typing error?`,
      );
    }
  }
  return {
    signingName: definition.signingName,
    protocol: name,
    xmlNamespace: protocolSettings.xmlNamespace ?? '',
    queryCompatible: protocolSettings.awsQueryCompatible ?? false,
    operations,
    routes: routesOf(operations.values(), new Set(Object.keys(definition.operations))),
    errors,
  };
}

const isSchema = ([name, value]: [string, unknown]): boolean => name.endsWith('$') && Array.isArray(value);

/** Only a client's resolved configuration names the protocol; this client never sends anything. */
function configOf(sdk: Record<string, unknown>, clientClass: string): ClientConfig {
  const Client = sdk[clientClass] as
    (new (config: object) => { config: ClientConfig; destroy(): void }) | undefined;
  if (!Client) throw new Error(`the SDK package exports no ${clientClass}`);
  const client = new Client({
    region: REGION,
    credentials: { accessKeyId: 'schema', secretAccessKey: 'only' },
  });
  client.destroy();
  return client.config;
}

function operationOf(schema: RawSchema): OperationSchema {
  const traits = schema[3] as { http?: [string, string, number] } | number;
  const http = typeof traits === 'object' ? traits.http : undefined;
  const input = NormalizedSchema.of(schema[4] as Parameters<typeof NormalizedSchema.of>[0]);
  return {
    name: schema[2],
    input,
    output: NormalizedSchema.of(schema[5] as Parameters<typeof NormalizedSchema.of>[0]),
    required: requiredOf(input),
    http: http && { method: http[0], uri: http[1], status: http[2] },
  };
}

function requiredOf(input: NormalizedSchema): string[] {
  const schema = input.getSchema() as unknown;
  if (!Array.isArray(schema)) return [];
  return (schema[4] as string[]).slice(0, (schema[6] as number | undefined) ?? 0);
}

function errorOf(schema: RawSchema): ErrorSchema {
  const traits = NormalizedSchema.of(
    schema as unknown as Parameters<typeof NormalizedSchema.of>[0],
  ).getMergedTraits();
  const query = traits['awsQueryError'] as [string, number] | undefined;
  const http = traits['httpError'] as number | undefined;
  return { status: query?.[1] ?? http ?? (traits.error === 'server' ? 500 : 400), queryCode: query?.[0] };
}
