import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SANDBOX_CONFIG } from '../../sandbox/settings-here.ts';
import { templateFor } from '../../sandbox/template.ts';
import { atEnd } from '../command/endings.ts';
import { makeReferences, type Reference } from './load/references.ts';
import type { Figure, Part } from './part.ts';
import { pairedRounds, ratioOf } from './rounds.ts';

/** Module load against all clients loaded eagerly. */
const TARGETS: Readonly<Record<string, number>> = {
  dispatcher: 0.7,
  signals: 0.7,
  acknowledge: 0.7,
  runner: 0.85,
  escalation: 0.85,
  respond: 0.85,
};

/** A function that costs more has lost its laziness, on any machine. */
const EVERYTHING = 1.25;

/** What it costs to load each deployed function, before its first call. */
export const load: Part = {
  name: 'load',
  about: 'CPU of loading each deployed bundle, against all clients loaded eagerly',
  async run({ rounds, seed, short }) {
    const { template, assets } = await templateFor({ config: SANDBOX_CONFIG });
    const [codeDir = ''] = assets.values();
    const environments = environmentsIn(template);
    const dir = mkdtempSync(join(tmpdir(), 'responder-bench-'));
    atEnd('the references of the bench', async () => rmSync(dir, { recursive: true, force: true }));
    const references = makeReferences(dir);
    const names = [...Object.keys(references), ...Object.keys(environments)];
    const measured = await pairedRounds(names, { rounds: short ? 3 : Math.max(rounds, 9), seed }, (name) =>
      loadOnce(
        references[name as Reference] ?? join(codeDir, `${name}.mjs`),
        codeDir,
        environments[name] ?? {},
      ),
    );
    const { eager = [], empty = [] } = measured;
    const ratios = names.map((name) => ({
      name,
      target: TARGETS[name],
      againstEager: ratioOf(measured[name] ?? [], eager),
      againstEmpty: ratioOf(measured[name] ?? [], empty).value,
    }));
    const figures = ratios
      .filter(({ name }) => !['empty', 'eager'].includes(name))
      .map(({ name, target, againstEager }): Figure => ({
        name,
        ...againstEager,
        unit: '×',
        ...(target !== undefined && { target: { most: target } }),
        missed: 'the machine: compare the noise band of "eager again"',
      }));
    return {
      figures,
      measured: { milliseconds: measured, rounds: eager.length },
      lines: [
        `${'CPU of one load'.padEnd(20)}${'÷ all eager'.padStart(12)}${'middle half'.padStart(14)}${'÷ empty'.padStart(10)}`,
        ...ratios.map(
          ({ name, againstEager: { value, band }, againstEmpty }) =>
            name.padEnd(20) +
            value.toFixed(2).padStart(12) +
            band
              .map((one) => one.toFixed(2))
              .join('–')
              .padStart(14) +
            againstEmpty.toFixed(0).padStart(10),
        ),
      ],
      ok: ratios.every(({ name, againstEager }) => name in references || againstEager.value < EVERYTHING),
    };
  },
};

/** In a process of its own, as a cold start is. @returns milliseconds of CPU */
function loadOnce(file: string, codeDir: string, environment: Readonly<Record<string, string>>): number {
  const once = join(import.meta.dirname, 'load', 'once.mjs');
  return Number(
    execFileSync(process.execPath, [once, file], {
      encoding: 'utf8',
      env: { AWS_REGION: 'us-east-1', LAMBDA_TASK_ROOT: codeDir, ...environment },
    }),
  );
}

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly Handler?: string;
    readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
  };
}

/** By the handler. What only a deployment knows is any text: nothing is called. */
function environmentsIn(template: unknown): Record<string, Record<string, string>> {
  const { Resources } = template as { Resources: Readonly<Record<string, Resource>> };
  const found: Record<string, Record<string, string>> = {};
  for (const { Type, Properties } of Object.values(Resources)) {
    const { Handler, Environment } = Properties;
    if (Type !== 'AWS::Lambda::Function' || Handler === undefined || !Environment) continue;
    found[Handler.replace(/\.handler$/, '')] ??= Object.fromEntries(
      Object.entries(Environment.Variables).map(([name, value]) => [name, textOf(value)]),
    );
  }
  return found;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const joined = (value as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'];
  return joined ? joined[1].map(textOf).join(joined[0]) : 'known-when-deployed';
}
