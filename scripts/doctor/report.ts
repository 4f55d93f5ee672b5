import { printable } from '../../lambdas/domain/foreign-text.ts';
import type { Finding } from '../../lambdas/doctor/check.ts';
import type { Ink } from '../ink.ts';
import type { Examined } from './examine.ts';

const VERDICTS = ['wrong', 'unknown', 'later', 'ok'] as const;

/** What is wrong comes first: it is what a person came for. */
export function report({ stack, place, answers }: Examined, ink: Ink): { text: string; code: number } {
  const findings = answers.flatMap(({ id, asks, findings }) =>
    findings.map((finding) => ({ id, asks, finding })),
  );
  const of = (verdict: Finding['verdict']) => findings.filter(({ finding }) => finding.verdict === verdict);
  const lines = VERDICTS.flatMap((verdict) =>
    of(verdict).map(({ id, asks, finding }) => linesOf(id, asks, finding, ink)),
  );
  const counts = VERDICTS.map((verdict) => `${of(verdict).length} ${verdict}`).join(', ');
  const [wrong, unknown] = [of('wrong').length, of('unknown').length];
  const verdict =
    wrong > 0
      ? ink.bad(counts)
      : unknown > 0
        ? `${counts}: nothing that was looked at is wrong`
        : ink.good(`${counts}: all is right`);
  return {
    text: printable([`${stack} ${place}`, '', ...lines, '', verdict].join('\n')),
    code: wrong > 0 ? 1 : unknown > 0 ? 2 : 0,
  };
}

function linesOf(id: string, asks: string, finding: Finding, ink: Ink): string {
  const more = (name: string, text: string): string => `           ${name.padEnd(7)} ${text}`;
  switch (finding.verdict) {
    case 'ok':
      return `ok       ${id}: ${finding.found}`;
    case 'later':
      return `later    ${id}: when ${finding.when}`;
    case 'unknown':
      return [`unknown  ${id}: ${asks}`, more('why', finding.why), more('remedy', finding.remedy)].join('\n');
    case 'wrong':
      return [
        `${ink.bad('WRONG')}    ${id}: ${ink.strong(finding.fault)}`,
        more('found', finding.found),
        more('wanted', finding.wanted),
        more('remedy', finding.remedy),
      ].join('\n');
  }
}
