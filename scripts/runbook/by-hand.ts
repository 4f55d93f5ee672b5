import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One thing that a person notices, looks at or does, as the runbook for people prints it. */
export interface ByHand {
  /** Number of the section. */
  readonly section: number;
  readonly part: 'Symptoms' | 'Diagnostic Steps' | 'Resolution' | 'Commands';
  /** The line, or the statement or command where it stands by itself. */
  readonly text: string;
}

const BY_HAND = join(import.meta.dirname, '..', '..', 'docs', 'runbook-by-hand.md');

/** Sections of procedures; the later ones are about people. */
const LAST_SECTION = 10;

/** Every symptom, diagnostic step and resolution of the sections that are procedures, in their order. */
export function itemsByHand(markdown = readFileSync(BY_HAND, 'utf8')): ByHand[] {
  const items: ByHand[] = [];
  let section = 0;
  let part: ByHand['part'] = 'Commands';
  let fence: { readonly lines: string[]; readonly alone: boolean } | undefined;
  for (const line of markdown.split('\n')) {
    const add = (text: string): unknown => items.push({ section, part, text });
    if (fence) {
      if (!line.trimStart().startsWith('```')) fence.lines.push(line);
      else {
        if (fence.alone) statementsIn(fence.lines).forEach(add);
        fence = undefined;
      }
      continue;
    }
    if (line.startsWith('## ')) {
      section = Number(/^## (\d+)\. /.exec(line)?.[1] ?? 0);
      part = 'Commands';
    }
    if (section < 1 || section > LAST_SECTION) continue;
    const named = /^### (Symptoms|Diagnostic Steps|Resolution)$/.exec(line);
    if (named) part = named[1] as ByHand['part'];
    // A block beneath an item belongs to it; one at the margin is a step of its own.
    const block = /^( *)```/.exec(line);
    if (block) fence = { lines: [], alone: block[1] === '' };
    const item = /^(?:- |\d+\. )(.+)$/.exec(line);
    if (item?.[1]) add(item[1]);
  }
  return items;
}

/** Statements end with a semicolon, commands with the line. */
function statementsIn(lines: readonly string[]): string[] {
  const text = lines.filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#')).join('\n');
  if (/^\s*aws /.test(text)) return text.split('\n').map((line) => line.trim());
  return text
    .split(/(?<=;)\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Every SQL statement and every CLI command that the runbook prints, as printed. */
export function printedIn(markdown = readFileSync(BY_HAND, 'utf8')): { sql: string[]; commands: string[] } {
  const blocks = [...markdown.matchAll(/^( *)```(bash|sql)\n([\s\S]*?)^ *```$/gm)];
  const of = (language: string): string[] =>
    blocks.flatMap(([, indent = '', kind, body = '']) =>
      kind === language ? statementsIn(body.split('\n').map((line) => line.slice(indent.length))) : [],
    );
  return { sql: of('sql'), commands: of('bash') };
}
