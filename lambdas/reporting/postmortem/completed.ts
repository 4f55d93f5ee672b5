import { TO_COMPLETE } from './document.ts';
import { FOR_PEOPLE } from './draft.ts';

/** What is wrong with a completed document, for the person who signs it; each line says what to do. */
export function mistakesIn(document: string, draft: string): string[] {
  return [...blanksLeft(document), ...factsLost(document, draft), ...citationsInvented(document, draft)];
}

/** Not where a backslash escapes the record's text, nor within the head's own backticks. */
const MARKER = new RegExp(`(?<![\\\\\`])\\[${TO_COMPLETE}:`);
const CITATION = /(?<!\\)\[([EA]\d+): [^\]]*\]/g;
const SOURCE = /^- \*\*([EA]\d+)\*\* /;

const linesOf = (text: string): string[] =>
  text.split(/\r\n|\r|\n/).map((line) => line.trim().replaceAll(/\s+/g, ' '));

/** People's sections, found by title, must not be empty. */
function blanksLeft(document: string): string[] {
  const sections = sectionsOf(document);
  return FOR_PEOPLE.flatMap(({ title, parts: [part] }) => {
    const lines = sections.get(title);
    if (!lines) return [`the section "${title}" is gone: put its heading back, and complete it`];
    if (lines.some((line) => MARKER.test(line)))
      return [`"${title}" is not completed: write in the place of its [${TO_COMPLETE}: …]`];
    const said = lines.filter((line) => line !== '' && !line.startsWith('|'));
    const table = part?.kind === 'blank' && part.blank.columns !== undefined;
    if (table) return saysActions(lines) ? [] : [actionsWanted(title)];
    return said.length > 0 ? [] : [`"${title}" says nothing: write at least one sentence`];
  });
}

const actionsWanted = (title: string): string =>
  `"${title}" has no row with an owner and a date, as in | cover it by a drill | ada | 2026-12-01 |; if there is nothing to do, write None: and why`;

/**
 * `| action
 * owner
 * 2026-12-01 |`, or `None: because …`
 */
function saysActions(lines: readonly string[]): boolean {
  if (lines.some((line) => /^None: \S/.test(line))) return true;
  const rows = lines
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.length > 0 && rows.every(isAction);
}

const isAction = ([what = '', who = '', when = '']: readonly string[]): boolean =>
  what !== '' && who !== '' && /^\d{4}-\d\d-\d\d$/.test(when) && !Number.isNaN(Date.parse(when));

function sectionsOf(document: string): Map<string, string[]> {
  const sections = new Map<string, string[]>();
  let lines: string[] | undefined;
  for (const line of linesOf(document)) {
    const title = /^## (.+)$/.exec(line)?.[1];
    if (title !== undefined) sections.set(title, (lines = []));
    else lines?.push(line);
  }
  return sections;
}

/** Facts and sources of the draft belong to the record: nobody changes them. */
function factsLost(document: string, draft: string): string[] {
  const kept = new Map<string, number>();
  for (const line of linesOf(document)) kept.set(line, (kept.get(line) ?? 0) + 1);
  return linesOf(draft).flatMap((line) => {
    const ids = [...citationsIn(line), ...(SOURCE.exec(line)?.slice(1) ?? [])];
    if (ids.length === 0) return [];
    const left = kept.get(line) ?? 0;
    kept.set(line, left - 1);
    if (left > 0) return [];
    return [`${ids.join(', ')}: the record's line was removed or altered; put back: ${line}`];
  });
}

/** Citations that the draft does not have. */
function citationsInvented(document: string, draft: string): string[] {
  const known = new Set(
    linesOf(draft).flatMap((line) => [...line.matchAll(CITATION)].map(([whole]) => whole)),
  );
  const invented = linesOf(document).flatMap((line) =>
    [...line.matchAll(CITATION)].flatMap(([whole]) => (known.has(whole) ? [] : [whole])),
  );
  return [...new Set(invented)].map(
    (whole) => `${whole} is no citation of the draft: cite as it does, or not at all`,
  );
}

const citationsIn = (line: string): string[] => [...line.matchAll(CITATION)].map(([, id = '']) => id);
