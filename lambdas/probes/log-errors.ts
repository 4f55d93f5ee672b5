import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import type { Evidence } from './definition.ts';
import { errorCause } from './error-cause.ts';

/** What a log group said within the last hour. */
export const LogErrors = z.object({
  /** False when the log group does not exist: then nothing was said, which is not the same as no error. */
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

const WINDOW_MS = 3_600_000;
/** An hour of these logs is some dozens of lines; a flood is cut here, and the count says so. */
const MOST_LINES = 10_000;

export async function readLogErrors(
  client: CloudWatchLogsClient,
  logGroupName: string,
  now: Date,
): Promise<{ value: LogErrors; evidence: readonly Evidence[] }> {
  const { paginateFilterLogEvents, ResourceNotFoundException } =
    await import('@aws-sdk/client-cloudwatch-logs');
  const parameters = { logGroupName, startTime: now.getTime() - WINDOW_MS, endTime: now.getTime() };
  const messages: string[] = [];
  let last = 0;
  let exists = true;
  try {
    for await (const page of paginateFilterLogEvents({ client }, parameters)) {
      for (const { message = '', timestamp = 0 } of page.events ?? []) {
        messages.push(message);
        last = Math.max(last, timestamp);
      }
      if (messages.length >= MOST_LINES) break;
    }
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    exists = false;
  }
  const errors = messages.filter((message) => /\berror\b|AccessDenied|Exception|timed out/i.test(message));
  const value: LogErrors = {
    exists,
    lines: messages.length,
    last: last > 0 ? new Date(last).toISOString() : null,
    errors: errors.length,
    accessDenied: messages.filter((message) => /AccessDenied/.test(message)).length,
    newest: errors.length > 0 ? errorCause(errors.at(-1) ?? null) : null,
  };
  return { value, evidence: [{ source: 'logs', query: 'logs:FilterLogEvents', parameters, rows: messages }] };
}

export function tellLogErrors({ exists, lines, errors, accessDenied, newest }: LogErrors): string {
  if (!exists) return 'the log group does not exist';
  const counted = `${count(lines, 'line')}, ${count(errors, 'error')}, ${accessDenied} AccessDenied`;
  return newest ? `${counted} (newest: ${newest})` : counted;
}

const count = (n: number, what: string): string => `${n} ${n === 1 ? what : `${what}s`}`;
