import { XmlCodec } from '@aws-sdk/core/protocols';
import { CborCodec } from '@smithy/core/cbor';
import { FromStringShapeDeserializer, JsonCodec, ToStringShapeSerializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';

/** The SDK's own codecs, used from the other side: they read what clients write and write what clients read. */
export interface Codec {
  read(schema: NormalizedSchema, body: Buffer): Promise<unknown>;
  write(schema: NormalizedSchema, value: unknown): string | Uint8Array;
}

/** Numbers of the SDK's schemas: how a timestamp is written where its own schema does not say. */
const DATE_TIME = 5;
const HTTP_DATE = 6;
const EPOCH_SECONDS = 7;
const timestamps = <F extends number>(format: F) => ({ useTrait: true, default: format }) as const;

export const jsonCodec = (jsonName: boolean): Codec => {
  const codec = new JsonCodec({ timestampFormat: timestamps(EPOCH_SECONDS), jsonName });
  return {
    read: async (schema, body) =>
      (await codec.createDeserializer().read(schema, body.toString('utf8'))) as unknown,
    write: (schema, value) => flush(codec.createSerializer(), schema, value),
  };
};

export const cborCodec = (): Codec => {
  const codec = new CborCodec();
  return {
    read: async (schema, body) => codec.createDeserializer().read(schema, body) as unknown,
    write: (schema, value) => flush(codec.createSerializer(), schema, value),
  };
};

export const xmlCodec = (xmlNamespace: string): Codec => {
  const codec = new XmlCodec({
    timestampFormat: timestamps(DATE_TIME),
    httpBindings: true,
    xmlNamespace,
    serviceNamespace: '',
  });
  return {
    read: async (schema, body) => codec.createDeserializer().read(schema, body) as unknown,
    write: (schema, value) => flush(codec.createSerializer(), schema, value),
  };
};

const fromText = new FromStringShapeDeserializer({
  timestampFormat: timestamps(DATE_TIME),
  httpBindings: true,
});
const toText = new ToStringShapeSerializer({ timestampFormat: timestamps(HTTP_DATE), httpBindings: true });

/** One value out of a label, a header or a parameter. */
export const readText = (schema: NormalizedSchema, text: string): unknown =>
  fromText.read(schema, text) as unknown;

export const writeText = (schema: NormalizedSchema, value: unknown): string =>
  flush(toText, schema, value) as string;

interface Serializer {
  write(schema: NormalizedSchema, value: unknown): void;
  flush(): string | Uint8Array;
}

function flush(serializer: Serializer, schema: NormalizedSchema, value: unknown): string | Uint8Array {
  serializer.write(schema, value);
  return serializer.flush();
}
