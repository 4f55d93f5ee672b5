import type { ClockReading } from '../kernel/clock.ts';

/** The messages between the emulator and a worker process over IPC. */

/** Emulator to worker: one invocation; the next follows only after its answer. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event, as JSON text. */
  readonly event: string;
  readonly clock: ClockReading;
  /** Real milliseconds after which the invocation is killed. */
  readonly timeoutMs: number;
  readonly invokedFunctionArn: string;
  readonly tenantId?: string;
}

/** What Lambda answers as the payload of a failed invocation. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: string[];
}

/** Worker to emulator. */
export type WorkerMessage = { readonly rssMb: number } & (
  | { readonly kind: 'returned'; readonly payload: string }
  | { readonly kind: 'failed'; readonly failure: FunctionFailure }
);

/**
 * Written to stdout and stderr after an invocation, before its answer: the pipes are read independently of the
 * IPC channel, and an invocation's lines must be in its log when its result is handled.
 */
export const endOfOutput = (requestId: string): string => `\u0000end ${requestId}`;
