import { mistakeInAuthorities } from '../../lib/ledger-authorities.ts';
import { DEFAULT_PREFIX } from '../../lambdas/domain/instance.ts';
import { readKey } from '../../lambdas/record/audit/signed-note.ts';
import { Mistakes, readWords, WordsError } from '../command/words.ts';

export const HELP = `npm run audit -- verify [folder]      whether the audit, its anchors and its evidence are what they were
npm run audit -- export <folder>     writes all of it as plain files, which \`verify <folder>\` checks without any network

It reads the ledger at LEDGER_URL (postgres://user:password@host:5432/database; a login that may select from schema
responder and from audit_event is enough) and S3 with your own AWS credentials, which may list and read both buckets and their versions;
export also invokes responder-anchor, which signs that the folder is whole.

  --prefix <name>       of another instance, as in its configuration  (default: responder)
  --record <bucket>     with the evidence  (default: commercial-ops-responder-<account>-<region>)
  --anchors <bucket>    under Object Lock  (default: commercial-ops-responder-anchors-<account>-<region>)
  --as-of <moment>      what should be there is judged as of then  (default: now)
  --kept-months <n>     evidence of older runs may be gone, and anchors are locked that long (default: 24, the least that the configuration takes)
  --key <key>           that anchors are signed with, as you have kept it  (default: the first that their bucket holds)
  --ca <file>           PEM of the authorities that sign the ledger's certificate  (default: those of RDS)
  --help                prints this

It ends with 0 when everything is what it was, with 1 when it is not, and with 2 when that could not be found out.`;

export interface AuditOptions {
  readonly command: 'verify' | 'export';
  readonly folder?: string;
  readonly record?: string;
  readonly anchors?: string;
  readonly keptMonths: number;
  /** Of the anchors, as you have kept them. */
  readonly keys: readonly string[];
  /** ISO 8601. */
  readonly asOf?: string;
  /** Of the instance. */
  readonly prefix: string;
  /** Path of a PEM file. */
  readonly ca?: string;
}

/** @throws WordsError: what is wrong with the words, and what is wanted */
export function readAuditOptions(args: readonly string[]): AuditOptions {
  const { values, positionals } = readWords(args, {
    command: 'npm run audit',
    takesWords: true,
    options: {
      record: { type: 'string' },
      anchors: { type: 'string' },
      'as-of': { type: 'string' },
      key: { type: 'string', multiple: true },
      ca: { type: 'string' },
      prefix: { type: 'string', default: DEFAULT_PREFIX },
      'kept-months': { type: 'string', default: '24' },
    },
  });
  const [command, folder, ...rest] = positionals;
  if (command !== 'verify' && command !== 'export')
    throw new WordsError(
      `${command === undefined ? 'the command is missing' : `"${command}" is no command`}; ` +
        'wanted verify or export (npm run audit -- --help explains both)',
    );
  if (rest.length > 0) throw new WordsError(`"${rest.join(' ')}" is too much; wanted one folder`);
  if (command === 'export' && folder === undefined)
    throw new WordsError(
      'where to export is missing; wanted an empty or new folder: npm run audit -- export <folder>',
    );
  const mistakes = new Mistakes();
  const keptMonths = mistakes.whole('kept-months', values['kept-months'], 1, 1_200);
  const asOf = values['as-of'];
  const keys = values.key ?? [];
  for (const key of keys)
    try {
      readKey(key);
    } catch (error) {
      mistakes.add(`--key: ${(error as Error).message}`);
    }
  const { ca } = values;
  const mistake = ca === undefined ? undefined : mistakeInAuthorities(ca);
  if (mistake !== undefined) mistakes.add(`--ca: wanted ${mistake}`);
  if (asOf !== undefined && Number.isNaN(Date.parse(asOf)))
    mistakes.add(`--as-of is "${asOf}"; wanted a moment such as 2026-11-23T14:06:00Z`);
  mistakes.refuse();
  return {
    command,
    keptMonths,
    keys,
    prefix: values.prefix,
    ...(asOf !== undefined && { asOf }),
    ...(ca !== undefined && { ca }),
    ...(folder !== undefined && { folder }),
    ...(values.record !== undefined && { record: values.record }),
    ...(values.anchors !== undefined && { anchors: values.anchors }),
  };
}
