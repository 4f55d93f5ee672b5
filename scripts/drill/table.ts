import type { Ink } from '../ink.ts';
import type { Coverage } from './result.ts';
import type { DrillReport, DrillResult, RunInShort } from './result.ts';

const WIDTHS = { name: 34, kind: 9, outcome: 44, actions: 40, metric: 18 };

/** The table's lines, as the drills end: what was done, and where it was not what was wanted. */
export class Table {
  private readonly ink: Ink;

  constructor(ink: Ink) {
    this.ink = ink;
  }

  head(): string {
    const { name, kind, outcome, actions, metric } = WIDTHS;
    return this.ink.dim(
      `      ${'scenario'.padEnd(name)} ${'kind'.padEnd(kind)} ${'outcome (branch), as wanted unless it says so'.padEnd(outcome)} ` +
        `${'actions'.padEnd(actions)} ${'metric'.padEnd(metric)}     s`,
    );
  }

  /** A line, and for a drill that failed what differs. */
  lines(drill: DrillResult): string[] {
    const { ink } = this;
    const mark = drill.passed ? ink.good('ok  ') : ink.bad('FAIL');
    const row =
      `${mark}  ${drill.name.padEnd(WIDTHS.name)} ${drill.kind.padEnd(WIDTHS.kind)} ` +
      `${outcomes(drill.got.runs).padEnd(WIDTHS.outcome)} ${actionsOf(drill).padEnd(WIDTHS.actions)} ` +
      `${metricOf(drill).padEnd(WIDTHS.metric)} ${drill.seconds.toFixed(1).padStart(5)}`;
    if (drill.passed) return [row];
    const wanted = `wanted ${outcomes(drill.expected.runs)}; ${counted(drill.expected.actions)}`;
    return [
      row,
      ink.dim(`        ${wanted}`),
      ...drill.differences.map((line) => `        ${ink.bad(indented(line))}`),
    ];
  }

  private covered({ lines, missing }: Coverage): string[] {
    const all = `all ${lines.length} lines of the runbook for people and every row of every decision table are in a drill's record`;
    return missing.length === 0
      ? [all]
      : [this.ink.bad('not covered:'), ...missing.map((line) => `  ${line}`)];
  }

  summary({ drills, passed, failed, seconds, coverage }: DrillReport): string[] {
    const { ink } = this;
    const kinds = [...new Set(drills.map(({ kind }) => kind))].map((kind) => {
      const own = drills.filter((drill) => drill.kind === kind);
      const good = own.filter((drill) => drill.passed).length;
      return `${kind} ${good === own.length ? good : `${good} of ${own.length}`}`;
    });
    const took = `${seconds.toFixed(0)} s`;
    const verdict =
      failed === 0 ? ink.good(`${passed} passed`) : `${passed} passed, ${ink.bad(`${failed} FAILED`)}`;
    const names = drills.filter((drill) => !drill.passed).map(({ name }) => name);
    return [
      '',
      `${verdict} (${kinds.join(', ')}) in ${took}`,
      ...(failed === 0 ? [] : [`failed: ${names.join(', ')}`]),
      ...(coverage ? this.covered(coverage) : []),
    ];
  }
}

export const outcomes = (runs: readonly RunInShort[]): string =>
  counted(
    runs.map(({ outcome, branch }) => `${outcome ?? 'unfinished'} (${branch ?? '-'})`),
    'no run',
  );

const actionsOf = ({ got }: DrillResult): string => counted(got.actions);

/** Repetitions in a row once, with their number. */
export function counted(names: readonly string[], none = 'no action'): string {
  const groups: { name: string; times: number }[] = [];
  for (const name of names) {
    const last = groups.at(-1);
    if (last?.name === name) last.times += 1;
    else groups.push({ name, times: 1 });
  }
  return groups.map(({ name, times }) => (times === 1 ? name : `${name} ×${times}`)).join(', ') || none;
}

function metricOf({ metric: { name, before, after } }: DrillResult): string {
  return name === '' ? '-' : `${figure(before)} → ${figure(after)}`;
}

const figure = (value: number | null): string =>
  value === null ? '-' : String(Math.round(value * 100) / 100);

export const indented = (text: string): string => text.replaceAll('\n', '\n        ');
