import type { Ink } from '../ink.ts';
import type { DrillRun, RehearsalReport, RehearsalResult } from './result.ts';
import { counted, indented } from './table.ts';

const WIDTHS = { name: 34, kind: 9, playbook: 20, outcome: 32 };

/** The rehearsals' lines, as they end: how each dry run ended, and what it would have done or why it would not. */
export class RehearsalTable {
  private readonly ink: Ink;

  constructor(ink: Ink) {
    this.ink = ink;
  }

  head(): string {
    const { name, kind, playbook, outcome } = WIDTHS;
    return this.ink.dim(
      `      ${'scenario'.padEnd(name)} ${'kind'.padEnd(kind)} ${'dry run of'.padEnd(playbook)} ` +
        `${'outcome (branch)'.padEnd(outcome)} what it would do`,
    );
  }

  /** A line for each dry run, and what a failed rehearsal has changed. */
  lines(rehearsal: RehearsalResult): string[] {
    const { ink } = this;
    const { name, kind, runs, passed, differences } = rehearsal;
    const mark = passed ? ink.good('ok  ') : ink.bad('FAIL');
    const shown = runs.map(cells);
    const [first = 'no dry run', ...more] = shown;
    const indent = ' '.repeat(WIDTHS.name + WIDTHS.kind + 8);
    return [
      `${mark}  ${name.padEnd(WIDTHS.name)} ${kind.padEnd(WIDTHS.kind)} ${first}`,
      ...more.map((line) => `${indent}${line}`),
      ...differences.map((line) => `        ${ink.bad(indented(line))}`),
    ];
  }

  summary({ rehearsals, passed, failed, seconds }: RehearsalReport): string[] {
    const { ink } = this;
    const took = `in ${seconds.toFixed(0)} s`;
    const runs = rehearsals.flatMap(({ runs }) => runs);
    const ends = counted(runs.map(({ outcome }) => outcome ?? 'unfinished').sort(), 'none');
    if (failed === 0) {
      return ['', `${ink.good(`${passed} rehearsed`)} (dry runs: ${ends}), and nothing has changed, ${took}`];
    }
    const names = rehearsals.filter((rehearsal) => !rehearsal.passed).map(({ name }) => name);
    return [
      '',
      `${passed} rehearsed, ${ink.bad(`${failed} FAILED`)} (dry runs: ${ends}) ${took}`,
      `failed: ${names.join(', ')}`,
    ];
  }
}

function cells({ playbook, outcome, branch, why, decision }: DrillRun): string {
  const { plan = [] } = (decision ?? {}) as { plan?: readonly { action: string }[] };
  const would = counted(
    plan.map(({ action }) => action),
    'nothing',
  );
  const told = outcome === 'rehearsed' && plan.length > 0 ? would : `${would}: ${why ?? ''}`;
  return `${playbook.padEnd(WIDTHS.playbook)} ${`${outcome ?? 'unfinished'} (${branch ?? '-'})`.padEnd(WIDTHS.outcome)} ${told}`;
}
