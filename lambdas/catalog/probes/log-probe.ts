import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { defineProbe, type ProbeDefinition } from './definition.ts';
import { LogErrors, logErrorsOf, readLog, describeLogErrors } from './log-errors.ts';

/** Errors in a log group within the last hour. */
export const logProbe = (of: {
  readonly name: string;
  readonly question: string;
  /** The runbook's command. */
  readonly printed: string;
  readonly group: (settings: Settings) => string;
}): ProbeDefinition<unknown, LogErrors> =>
  defineProbe({
    name: of.name,
    momentary: 'Lines reach the log some time after they were written.',
    question: of.question,
    queries: [of.printed],
    permissions: (settings) => [
      {
        actions: ['logs:FilterLogEvents'],
        resources: [arnOf(settings, 'logs', `log-group:${of.group(settings)}:*`)],
      },
    ],
    value: LogErrors,
    async run({ now, settings, tools }) {
      const { exists, lines, evidence } = await readLog(await tools.logs(), of.group(settings), now);
      return { value: logErrorsOf(exists, lines), evidence };
    },
    describe: describeLogErrors,
  });
