import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import * as z from 'zod';
import { evidenceOf } from '../../domain/evidence.ts';
import { HOUR_MS } from '../../domain/milliseconds.ts';
import { errorCause, isNamed } from '../../platform/error-cause.ts';
import { redacting, removedFrom, type Redact } from '../../record/redaction.ts';
import { arnOf } from '../../platform/iam.ts';
import { plural } from '../../domain/words.ts';
import type { Settings } from '../../platform/settings.ts';
import { defineProbe, type ProbeDefinition } from './definition.ts';

/** Some hours are some dozens of lines. Of a flood the newest count. */
const MOST_LINES = 10_000;
/** CloudWatch answers with empty pages, too, and the account has 5 to 25 calls a second. */
const MOST_PAGES = 200;

interface ReadLog {
  /** False when the log group does not exist: that is not the same as no line. */
  readonly exists: boolean;
  readonly lines: readonly { readonly at: Date; readonly message: string }[];
}

interface LogProbe {
  readonly name: string;
  readonly question: string;
  /** The runbook's command. */
  readonly printed: string;
  readonly group: (settings: Settings) => string;
}

interface OtherValue<V> {
  readonly hours?: number;
  readonly value: z.ZodType<V>;
  readonly read: (log: ReadLog, now: Date) => V;
  describe(value: V): string;
}

/** A log group's lines within the last hours: `aws logs tail --since 1h`. */
export const logProbe = <V>({
  printed,
  group,
  hours = 1,
  read,
  ...probe
}: LogProbe & OtherValue<V>): ProbeDefinition<unknown, V> =>
  defineProbe<unknown, V>({
    ...probe,
    momentary: 'Lines reach the log some time after they were written.',
    queries: [printed],
    permissions: (settings) => [
      {
        actions: ['logs:FilterLogEvents'],
        resources: [arnOf(settings, 'logs', `log-group:${group(settings)}:*`)],
      },
    ],
    async run({ now, settings, tools }) {
      const [startTime, endTime] = [now.getTime() - hours * HOUR_MS, now.getTime()];
      const parameters = { logGroupName: group(settings), startTime, endTime, startFromHead: false };
      const newestFirst: FilteredLogEvent[] = [];
      let exists = true;
      let pages = 0;
      try {
        for await (const { events = [] } of (await tools.logs()).paginateFilterLogEvents(parameters)) {
          newestFirst.push(...events);
          if (newestFirst.length >= MOST_LINES) break;
          if (++pages === MOST_PAGES)
            throw new Error(
              `the search of ${group(settings)} has not ended after ${pages} pages with ${newestFirst.length} lines; read the log by hand: ${printed}`,
            );
        }
      } catch (error) {
        if (!isNamed(error, 'ResourceNotFoundException')) throw error;
        exists = false;
      }
      const events = newestFirst.slice(0, MOST_LINES).reverse();
      const lines = events.map(({ message = '', timestamp = 0 }) => ({ at: new Date(timestamp), message }));
      const redact = redacting(settings.estate.personalFields);
      return {
        value: read({ exists, lines }, now),
        evidence: [
          evidenceOf(
            'logs:FilterLogEvents',
            parameters,
            events.map((event) => keptLine(event, redact)),
          ),
        ],
      };
    },
  });

/** Where something was removed, the row says how much of which kind, and where the line is. */
function keptLine({ message = '', timestamp = 0, logStreamName, eventId }: FilteredLogEvent, redact: Redact) {
  const line = redact(message);
  if (line === message) return message;
  const at = new Date(timestamp).toISOString();
  return { line, removed: removedFrom(line), logStream: logStreamName, eventId, at };
}

/** Errors that a log group shows. */
export const LogErrors = z.object({
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

/** A field of a structured line that says there is none. */
const NO_ERROR = /\b(?:errors?|exception)\b["']?\s*[:=]\s*(?:["']{2}|\[\]|\{\}|null|none|false|0)(?![\w.])/gi;

const isError = (message: string): boolean =>
  /\berror\b|AccessDenied|Exception|timed out/i.test(message.replace(NO_ERROR, ''));

export function logErrorsOf({ exists, lines }: ReadLog): LogErrors {
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
  const most = lines >= MOST_LINES ? 'the newest ' : '';
  const counted = `${most}${plural(lines, 'line')}, ${plural(errors, 'error')}, ${accessDenied} AccessDenied`;
  return newest ? `${counted} (newest: ${newest})` : counted;
}

export const errorsInLog = (probe: LogProbe): ProbeDefinition<unknown, LogErrors> =>
  logProbe({ ...probe, value: LogErrors, read: logErrorsOf, describe: describeLogErrors });
