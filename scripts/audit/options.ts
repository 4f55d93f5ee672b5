import { parseArgs } from 'node:util';

export const HELP = `npm run audit -- verify [folder]      whether the audit, its anchors and its evidence are what they were
npm run audit -- export <folder>     writes all of it as plain files, which \`verify <folder>\` checks without any network

It reads the ledger at LEDGER_URL (postgres://user:password@host:5432/database; a login that may select from schema
responder is enough) and S3 with your own AWS credentials, which may list and read both buckets and their versions.

  --record <bucket>     with the evidence  (default: commercial-ops-responder-<account>-<region>)
  --anchors <bucket>    under Object Lock  (default: commercial-ops-responder-anchors-<account>-<region>)
  --kept-months <n>     evidence of older runs may be gone (default: 24, the least that the configuration takes)

It ends with 0 when everything is what it was, with 1 when it is not, and with 2 when that could not be found out.`;

export interface AuditOptions {
  readonly command: 'verify' | 'export';
  readonly folder?: string;
  readonly record?: string;
  readonly anchors?: string;
  readonly keptMonths: number;
}

/** @throws what is wrong with the words, and what is wanted */
export function readAuditOptions(args: readonly string[]): AuditOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      record: { type: 'string' },
      anchors: { type: 'string' },
      'kept-months': { type: 'string', default: '24' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || positionals.length === 0) return 'help';
  const [command, folder, ...rest] = positionals;
  if (command !== 'verify' && command !== 'export')
    throw new Error(`"${command ?? ''}" is no command; wanted verify or export\n\n${HELP}`);
  if (rest.length > 0) throw new Error(`"${rest.join(' ')}" is too much; wanted one folder`);
  if (command === 'export' && folder === undefined)
    throw new Error(
      'where to export is missing; wanted an empty or new folder: npm run audit -- export <folder>',
    );
  const keptMonths = Number(values['kept-months']);
  if (!Number.isInteger(keptMonths) || keptMonths < 1)
    throw new Error(
      `--kept-months is "${values['kept-months']}"; wanted a whole number of months, such as 24`,
    );
  return {
    command,
    keptMonths,
    ...(folder !== undefined && { folder }),
    ...(values.record !== undefined && { record: values.record }),
    ...(values.anchors !== undefined && { anchors: values.anchors }),
  };
}
