import * as z from 'zod';
import { arnOf } from '../permissions.ts';
import { defineProbe } from './definition.ts';

export const IngestionLog = z.object({
  /** False when the log group does not exist: then nothing was said, which is not the same as no error. */
  exists: z.boolean(),
  lines: z.int(),
  errors: z.int(),
  accessDenied: z.int(),
  /** The newest error line. */
  sample: z.string().nullable(),
});

const WINDOW_MS = 3_600_000;
/** An hour of this log is some dozens of lines; a flood is cut here, and the count says so. */
const MOST_LINES = 10_000;
const SAMPLE_LENGTH = 300;

export const ingestionLog = defineProbe<{ period: string }, z.infer<typeof IngestionLog>>({
  name: 'ingestion-log',
  question: 'What did the ingestion say within the last hour?',
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.ingestion.logGroup}:*`)],
    },
  ],
  value: IngestionLog,
  async look({ now, settings, tools }) {
    const { paginateFilterLogEvents, ResourceNotFoundException } =
      await import('@aws-sdk/client-cloudwatch-logs');
    const parameters = {
      logGroupName: settings.estate.ingestion.logGroup,
      startTime: now.getTime() - WINDOW_MS,
      endTime: now.getTime(),
    };
    const messages: string[] = [];
    let exists = true;
    try {
      for await (const page of paginateFilterLogEvents({ client: await tools.logs() }, parameters)) {
        messages.push(...(page.events ?? []).map(({ message }) => message ?? ''));
        if (messages.length >= MOST_LINES) break;
      }
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      exists = false;
    }
    const denied = messages.filter((message) => /AccessDenied/.test(message));
    const errors = messages.filter((message) => /\bERROR\b|AccessDenied|Exception/.test(message));
    const value = {
      exists,
      lines: messages.length,
      errors: errors.length,
      accessDenied: denied.length,
      sample: errors.at(-1)?.trim().slice(0, SAMPLE_LENGTH) ?? null,
    };
    return {
      value,
      evidence: [{ source: 'logs', query: 'logs:FilterLogEvents', parameters, rows: messages }],
    };
  },
  tell: ({ exists, lines, errors, accessDenied, sample }) =>
    !exists
      ? 'the log group does not exist'
      : `${lines} ${lines === 1 ? 'line' : 'lines'}, ${errors} ${errors === 1 ? 'error' : 'errors'}, ${accessDenied} AccessDenied` +
        (sample ? ` (“${sample}”)` : ''),
});
