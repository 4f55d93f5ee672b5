import type { OperationSchema } from './operation-schema.ts';
import type { ServiceSchema } from './service-schema.ts';
import type { WireAnswer, WireError, WireRequest } from './message.ts';

export type Input = Record<string, unknown>;

export interface Target {
  readonly operation: OperationSchema;
  readonly labels?: Readonly<Record<string, string>>;
}

/** One of AWS's ways of putting an operation on HTTP. A protocol object serves one service. */
export interface Protocol {
  /** The name of the requested operation, even of an unknown one. */
  asked(request: WireRequest): string;
  find(request: WireRequest): Target | undefined;
  /** @throws the codec's error on a malformed body */
  read(request: WireRequest, target: Target): Promise<Input>;
  write(operation: OperationSchema, output: Input, requestId: string): WireAnswer;
  fail(error: WireError): WireAnswer;
  /** The code and status of services of this protocol when a permission is missing. */
  readonly denied: { readonly code: string; readonly status: number };
  /** Their code for a missing or malformed member. */
  readonly invalid: string;
}

export type ProtocolFor = (service: ServiceSchema) => Protocol;
