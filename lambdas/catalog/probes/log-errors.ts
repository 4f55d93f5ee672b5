import { HOUR_MS } from '../../domain/milliseconds.ts';
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import type { Evidence } from '../../domain/evidence.ts';
import { errorCause, isNamed } from '../../platform/error-cause.ts';

/** Errors that a log group shows. */
export const LogErrors = z.object({
  /** False when the log group does not exist: that is not the same as no error. */
  exists: z.boolean(),
  lines: z.int(),
  /** When the newest line was written. */
  last: z.iso.datetime().nullable(),
  errors: z.int(),
  accessDenied: z.int(),
  /** The kind of the newest error line; its text stays in the evidence. */
  newest: z.string().nullable(),
});
export type LogErrors = z.infer<typeof LogErrors>;

/** Some hours are some dozens of lines; a flood is cut here. */
const MOST_LINES = 10_000;

export interface ReadLog {
  readonly exists: boolean;
  readonly lines: readonly { readonly at: Date; readonly message: string }[];
  readonly evidence: readonly Evidence[];
}

/** `aws logs tail --since 1h`. */
export async function readLog(
  client: CloudWatchLogs,
  logGroupName: string,
  now: Date,
  hours = 1,
): Promise<ReadLog> {
  const parameters = { logGroupName, startTime: now.getTime() - hours * HOUR_MS, endTime: now.getTime() };
  const lines: { at: Date; message: string }[] = [];
  let exists = true;
  try {
    for await (const page of client.paginateFilterLogEvents(parameters)) {
      for (const { message = '', timestamp = 0 } of page.events ?? [])
        lines.push({ at: new Date(timestamp), message });
      if (lines.length >= MOST_LINES) break;
    }
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException')) throw error;
    exists = false;
  }
  const rows = lines.map(({ message }) => message);
  return { exists, lines, evidence: [{ source: 'logs', query: 'logs:FilterLogEvents', parameters, rows }] };
}

const isError = (message: string): boolean => /\berror\b|AccessDenied|Exception|timed out/i.test(message);

export function logErrorsOf(exists: boolean, lines: ReadLog['lines']): LogErrors {
  const errors = lines.filter(({ message }) => isError(message));
  const last = Math.max(0, ...lines.map(({ at }) => at.getTime()));
  return {
    exists,
    lines: lines.length,
    last: last > 0 ? new Date(last).toISOString() : null,
    errors: errors.length,
    accessDenied: lines.filter(({ message }) => /AccessDenied/.test(message)).length,
    newest: errors.length > 0 ? errorCause(errors.at(-1)?.message ?? null) : null,
  };
}

export function describeLogErrors({ exists, lines, errors, accessDenied, newest }: LogErrors): string {
  if (!exists) return 'the log group does not exist';
  const counted = `${count(lines, 'line')}, ${count(errors, 'error')}, ${accessDenied} AccessDenied`;
  return newest ? `${counted} (newest: ${newest})` : counted;
}

const count = (n: number, what: string): string => `${n} ${n === 1 ? what : `${what}s`}`;
