import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { needsOf } from '../../scripts/runbook/offer.ts';
import { asPrinted } from '../../scripts/runbook/render.ts';
import { itemsByHand, printedIn } from '../../scripts/runbook/by-hand.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const text = readFileSync(resolve(ROOT, 'docs/runbook.md'), 'utf8');

test('docs/runbook.md is what the playbooks say', async () => {
  await promisify(execFile)(process.execPath, ['scripts/runbook.ts', '--check'], { cwd: ROOT });
});

describe.each(playbooks.map((playbook) => [playbook.id, playbook] as const))(
  'the chapter of %s',
  (_id, playbook) => {
    test('prints its alarms, every row of its table, every action, and what is asked', () => {
      for (const { name } of playbook.alarms) expect(text).toContain(`Alarm \`${name}\``);
      for (const branch of Object.keys(playbook.branches))
        expect(text).toMatch(new RegExp(`^\\| \`${branch}\` +\\|`, 'm'));
      for (const { name } of playbook.actions) expect(text).toContain(`- \`${name}\`: `);
      for (const { queries: asks } of Object.values(playbook.probes))
        for (const ask of asks) expect(text).toContain(asPrinted(ask));
    });
  },
);

test('says of each action how it is undone, and whether anybody is asked', () => {
  const lineOf = (action: string) =>
    text.split('\n').find((line) => line.startsWith(`- \`${action}\`: `)) ?? '';
  expect(lineOf('scale-runners')).toMatch(
    /Rolled back by `scale-back-runners`: .* It needs nobody's approval\./,
  );
  expect(lineOf('put-off-background-jobs')).toMatch(/It can't be undone: .* It needs approval\./);
  expect(lineOf('emit-invoice')).toMatch(
    /It can't be undone: .* nobody's approval: The period is closed and reconciled.* two people give it\./,
  );
  expect(lineOf('await-capacity')).not.toContain('approval');
});

test('every statement that the runbook for people prints is looked at, unmodified', () => {
  for (const statement of printedIn().sql) expect(text).toContain(statement);
});

describe('the runbook for people', () => {
  const items = itemsByHand();
  const textsOf = (section: number, part: string): string[] =>
    items.filter((item) => item.section === section && item.part === part).map((item) => item.text);

  test('is read line by line: symptoms, steps with what stands beneath them, and statements at the margin', () => {
    expect(textsOf(1, 'Diagnostic Steps')).toEqual([
      'Confirm S3 partition presence for the current billing cycle:',
      'Run Athena validation:',
      'Check CloudWatch logs for ingestion Lambda:',
    ]);
    expect(textsOf(4, 'Diagnostic Steps')).toEqual([
      'SELECT * FROM recon_summary ORDER BY period_start DESC LIMIT 5;',
      "SELECT * FROM recon_exceptions WHERE recon_id='RECON-2025-09';",
    ]);
    expect(textsOf(10, 'Commands')).toHaveLength(4);
    expect(items).toHaveLength(72);
    expect(new Set(items.map(({ section }) => section))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  });
});

describe('what Commercial-Ops must offer', () => {
  test('is written of every playbook, with the jobs that its actions start and all that they are sent', async () => {
    const offer = readFileSync(resolve(ROOT, 'docs/commercial-ops.md'), 'utf8');
    for (const playbook of playbooks) {
      const needs = await needsOf(playbook);
      expect(offer).toContain(`\n## ${playbook.id}\n`);
      for (const table of [...needs.measured, ...needs.tables, ...needs.changed])
        expect(offer).toContain(`\`${table}\``);
      for (const { name, payload } of needs.jobs) {
        expect(payload).toEqual(expect.arrayContaining(['run_id', 'fence']));
        expect(offer).toContain(`\`${name}: ${payload.join(', ')}\``);
      }
    }
  });

  test('names what the figures rest on', async () => {
    const of = async (id: string) => {
      const playbook = playbooks.find((one) => one.id === id);
      if (!playbook) throw new Error(`there is no playbook ${id}`);
      return needsOf(playbook);
    };
    const invoices = await of('invoice-lag');
    expect(invoices.tables).toEqual(expect.arrayContaining(['invoice_header', 'job_run', 'period_state']));
    expect(invoices.jobs.map(({ name }) => name)).toContain('invoice_emitter');
    expect((await of('payment-mismatch')).changed.join()).toMatch(/invoice_header/);
    expect((await of('cur-freshness')).services).toEqual(expect.arrayContaining(['athena', 'glue', 's3']));
  });
});
