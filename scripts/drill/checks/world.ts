import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { tablesOfOthers } from '../ledger-notes.ts';
import { falselyHealthy, stillWrong } from '../still-wrong.ts';
import { isHealthy, type Check } from './seen.ts';

/** Each start of the ingestion job bears an action's own id, and there is one of each. */
export const startedOnce: Check = ({ sandbox: { services }, runs }) => {
  const { glue, estate } = services;
  const ids = glue.runs
    .of(estate.ingestion.job)
    .map(({ arguments: args }) => args['--run_id'] ?? '')
    .filter((id) => runs.some(({ run }) => id.startsWith(run)));
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
  return twice.map((id) => `the ingestion job was started twice as ${id}`);
};

/** What was loaded is what AWS delivered, to the last decimal, in both copies. */
export const loadedExactly: Check = async ({ sandbox, runs }) => {
  const lines: string[] = [];
  for (const { playbook, outcome, target } of runs) {
    const { period } = target;
    if (playbook !== 'cur-freshness' || outcome !== 'resolved' || period === undefined) continue;
    const { delivered, athena, ledger } = await sandbox.services.commercialOps.totals(period);
    const [wanted, ...got] = [delivered, athena, ledger].map((total) => JSON.stringify(total));
    if (!delivered || delivered.lines === 0 || got.some((total) => total !== wanted)) {
      lines.push(
        `the copies of ${period} are not what was delivered: ${wanted}; Athena, ledger: ${got.join(', ')}`,
      );
    }
  }
  return lines;
};

/** Nobody says of a fault that it is gone while it is anywhere. */
export const goneWhereSaid: Check = async ({ sandbox, runs }) =>
  runs.some(({ outcome }) => isHealthy(outcome)) ? falselyHealthy(runs, await stillWrong(sandbox)) : [];

/** Where nothing was done, nothing has changed but by others: no figure of any month, no invoice, no payment. */
export const leftAlone: Check = async ({ sandbox: { pool }, result, before, after }) => {
  const { rows } = await pool.query<{ job: string }>(
    `select distinct key as job from noted.event where kind = 'job'`,
  );
  if (result.actions.length > 0 || rows.length > 0) return [];
  const byOthers = await tablesOfOthers(pool);
  const changed = Object.entries(before.figures).flatMap(([place, hash]) =>
    after.figures[place] === hash || byOthers.has(place.split(' ')[1] ?? '') ? [] : [place],
  );
  const bills = Object.entries(BILLS).flatMap(([what, tables]) =>
    JSON.stringify(before[what as keyof typeof BILLS]) ===
      JSON.stringify(after[what as keyof typeof BILLS]) || tables.some((table) => byOthers.has(table))
      ? []
      : [what],
  );
  const all = [...changed, ...bills];
  return all.length === 0 ? [] : [`nothing was done, and yet there have changed ${all.join(', ')}`];
};

const BILLS = {
  invoices: ['invoice_header', 'invoice_detail'],
  payments: ['payment_txn'],
  topUps: ['invoice_detail'],
} as const;

/** Over Athena's files for a month, to the byte. */
export const filesOf =
  ({ services }: Sandbox) =>
  async (month: string): Promise<string> => {
    const snapshot = services.commercialOps.warehouse.open();
    try {
      const hash = createHash('sha256');
      for (const { value, paths } of snapshot.partitions) {
        if (value === month) for (const path of paths) hash.update(path).update(readFileSync(path));
      }
      return hash.digest('hex');
    } finally {
      await snapshot.release();
    }
  };
