import * as z from 'zod';
import { Manual } from '../../lambdas/commands/invoked.ts';
import { WebhookEvent } from '../../lambdas/escalation/pager/events.ts';
import { ReportFigures } from '../../lambdas/reporting/daily-report/figures.ts';
import { Deployment } from '../../lib/config.ts';
import { WordsError } from '../command/words.ts';

/** What programs send and read: as it is typed in, or as it is stored. */
const SCHEMAS = {
  configuration: () => z.toJSONSchema(Deployment, { io: 'input', unrepresentable: 'any' }),
  manual: () => z.toJSONSchema(Manual, { io: 'input', unrepresentable: 'any' }),
  'pager-event': () => z.toJSONSchema(WebhookEvent),
  report: () => z.toJSONSchema(ReportFigures, { unrepresentable: 'any' }),
} as const;
export const SCHEMA_NAMES = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];

/** A JSON Schema, for editors and validators. @throws WordsError for another name */
export function schemaOf(name: string | undefined): object {
  const known = SCHEMA_NAMES.find((one) => one === name);
  if (known) return SCHEMAS[known]();
  throw new WordsError(
    `the schema is ${name === undefined ? 'missing' : `"${name}"`}; wanted one of ${SCHEMA_NAMES.join(', ')}`,
  );
}
