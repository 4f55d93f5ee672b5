import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { atEnd } from '../command/endings.ts';
import type { DrillReport } from '../drill/result.ts';
import { childrenCpuSeconds } from './cpu.ts';
import type { Figure, Part } from './part.ts';

/** One of each kind of story: a repair that waits, a plain one, a hand-off, money, people, a guard, a crash, a control. */
const SAMPLE = [
  'not-ingested',
  'budgets-missed',
  'tags-nameless-lines',
  'payment-unsettled',
  'approval-given',
  'guard-cooldown',
  'killed-unanswered',
  'quota-alarm-by-hand',
];

/** CPU minutes of all drills. */
const MOST_CPU_MINUTES = 4.8;

/** How fast the virtual clock is, and what a drill costs. */
export const drills: Part = {
  name: 'drills',
  about: 'drills a minute on the virtual clock, and the CPU of one',
  async run({ short }) {
    const dir = mkdtempSync(join(tmpdir(), 'responder-bench-'));
    atEnd('the report of the drills', async () => rmSync(dir, { recursive: true, force: true }));
    const sample = short ? SAMPLE.slice(0, 1) : SAMPLE;
    const { faults } = (await import('../../sandbox/faults/all.ts')) as { faults: readonly unknown[] };
    // What is made once for all drills is made and kept before: template and compiled code.
    if (!short) await drill(sample.slice(0, 1), join(dir, 'first.json'));
    const before = childrenCpuSeconds();
    const { seconds, passed, failed } = await drill(sample, join(dir, 'drills.json'));
    const cpu = childrenCpuSeconds() - before;
    const each = cpu / sample.length;
    const all = (each * faults.length) / 60;
    const perMinute = (60 * sample.length) / seconds;
    const figures: Figure[] = [
      {
        name: `CPU minutes of all ${faults.length} drills, from a sample of ${sample.length}`,
        value: all,
        unit: '',
        // One drill pays for the whole start.
        ...(!short && { target: { most: MOST_CPU_MINUTES } }),
        missed:
          'a drill is a whole company with its AWS, in five processes; CPU minutes are those of the machine',
      },
    ];
    return {
      figures: Number.isNaN(all) ? [] : figures,
      lines: [
        `${perMinute.toFixed(1)} drills a minute, ${each.toFixed(2)} s of CPU each: ${passed} of ${sample.length} passed`,
      ],
      measured: { sample, seconds, cpuSeconds: cpu, passed, failed },
      ok: failed === 0,
    };
  },
};

async function drill(names: readonly string[], json: string): Promise<DrillReport> {
  const script = resolve(import.meta.dirname, '../drill.ts');
  const child = spawn(process.execPath, [script, ...names, '--json', json], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  atEnd('the drills', async () => void child.kill());
  await once(child, 'exit');
  return JSON.parse(readFileSync(json, 'utf8')) as DrillReport;
}
