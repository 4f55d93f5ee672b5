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
  /** How people would name what was asked for, even when it is not an operation. */
  asked(request: WireRequest): string;
  find(request: WireRequest): Target | undefined;
  /** @throws whatever its codec throws on a malformed body */
  read(request: WireRequest, target: Target): Promise<Input>;
  write(operation: OperationSchema, output: Input, requestId: string): WireAnswer;
  fail(error: WireError): WireAnswer;
  /** The code and status with which services of this protocol refuse for want of permission. */
  readonly denied: { readonly code: string; readonly status: number };
  /** Their code for a missing or malformed member. */
  readonly invalid: string;
}

export type ProtocolFor = (service: ServiceSchema) => Protocol;
