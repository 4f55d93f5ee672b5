import { verifyAudit, type Verdict } from './audit/verify.ts';
import type { Fault } from '../lambdas/record/audit/chain-link.ts';
import { DAY_MS } from '../lambdas/domain/milliseconds.ts';
import { DAYS_OF_A_MONTH } from '../lambdas/record/audit/retention.ts';
import { copyOf, filesOf, indexRoot, withCheckpoint } from './audit/files.ts';
import { readFolder, writeFolder } from './audit/folder.ts';
import { HELP, readAuditOptions, type AuditOptions } from './audit/options.ts';
import { reportLines } from './audit/report.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';

/** @returns exit code */
async function verify(options: AuditOptions): Promise<number> {
  const days = options.keptMonths * DAYS_OF_A_MONTH;
  const keptSince = new Date(Date.now() - days * DAY_MS);
  const { verdict, faults: read, notes } = await check(options, keptSince, days);
  const { entries, anchors } = verdict.counts;
  const nothing: Fault[] =
    entries + anchors > 0
      ? []
      : [{ where: 'the audit', what: 'there is none: neither an entry nor an anchor was found' }];
  const faults = [...read, ...nothing, ...verdict.faults];
  console.log(reportLines({ ...verdict, faults }, notes, inkFor(process.stdout)).join('\n'));
  return faults.length === 0 ? 0 : 1;
}

async function check(
  options: AuditOptions,
  keptSince: Date,
  lockedDays: number,
): Promise<{ verdict: Verdict; faults: readonly Fault[]; notes: readonly string[] }> {
  const { folder, keys } = options;
  if (folder === undefined) {
    const { checkLive } = await live();
    return { ...(await checkLive(options, process.env, { keptSince, lockedDays })), faults: [] };
  }
  const { copy, faults } = copyOf(readFolder(folder), keys);
  return { verdict: verifyAudit(copy, keptSince, lockedDays, keys), faults, notes: [] };
}

/** Loaded for it alone: the check of a folder loads nothing that could call AWS. */
const live = () => import('./audit/read-live.ts');

async function exportTo(options: AuditOptions): Promise<number> {
  const { folder = '' } = options;
  const { readLive } = await live();
  const { copy, notes } = await readLive(options, process.env);
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
