import { verifyAudit, type AuditCopy } from './audit/verify.ts';
import type { Fault } from '../lambdas/record/audit/chain-link.ts';
import { DAY_MS } from '../lambdas/domain/milliseconds.ts';
import { DAYS_OF_A_MONTH } from '../lambdas/record/audit/retention.ts';
import { copyOf, filesOf, indexRoot, withCheckpoint } from './audit/files.ts';
import { readFolder, writeFolder } from './audit/folder.ts';
import { HELP, readAuditOptions, type AuditOptions } from './audit/options.ts';
import type { LiveCopy } from './audit/read-live.ts';
import { reportLines } from './audit/report.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';

/** @returns exit code */
async function verify(options: AuditOptions): Promise<number> {
  const read = await readFrom(options);
  const { rows, anchors } = read.copy;
  const days = options.keptMonths * DAYS_OF_A_MONTH;
  const verdict = verifyAudit(read.copy, new Date(Date.now() - days * DAY_MS), days, options.keys);
  const nothing: Fault[] =
    rows.length + anchors.length > 0
      ? []
      : [{ where: 'the audit', what: 'there is none: neither an entry nor an anchor was found' }];
  const faults = [...read.faults, ...nothing, ...verdict.faults];
  console.log(reportLines({ ...verdict, faults }, read.notes, inkFor(process.stdout)).join('\n'));
  return faults.length === 0 ? 0 : 1;
}

/** Loaded for it alone: the check of a folder loads nothing that could call AWS. */
async function live(options: AuditOptions): Promise<LiveCopy> {
  const { readLive } = await import('./audit/read-live.ts');
  return readLive(options, process.env);
}

async function readFrom(
  options: AuditOptions,
): Promise<{ copy: AuditCopy; faults: readonly Fault[]; notes: readonly string[] }> {
  if (options.folder !== undefined) return { ...copyOf(readFolder(options.folder), options.keys), notes: [] };
  return { ...(await live(options)), faults: [] };
}

async function exportTo(options: AuditOptions): Promise<number> {
  const { folder = '' } = options;
  const { copy, notes } = await live(options);
  const unsigned = filesOf(copy);
  const { signIndex } = await import('./audit/sign-index.ts');
  const files = withCheckpoint(unsigned, await signIndex(indexRoot(unsigned), options.prefix));
  writeFolder(folder, files);
  for (const note of notes) console.log(note);
  console.log(`${files.size} files are in ${folder}; check them with: npm run audit -- verify ${folder}`);
  return 0;
}

/** Whether anybody has changed the audit, from where it lies or from an exported folder. */
await runCommand({
  help: HELP,
  failed: 'the audit could not be checked',
  failureCode: 2,
  main(args) {
    const options = readAuditOptions(args);
    return options.command === 'export' ? exportTo(options) : verify(options);
  },
});
