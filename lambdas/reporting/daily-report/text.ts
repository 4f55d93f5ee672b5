import { dollars } from '../../domain/words.ts';
import { closeInWords, needsYou, summaryOf } from './attention.ts';
import type { ReportFigures } from './figures.ts';
import { sectionsOf, type Section, type Told } from './sections.ts';

const WIDTH = 80;
/** For an e-mail; the page has all. */
const MOST_ROWS = 15;

export const subjectOf = (figures: ReportFigures): string => {
  const count = needsYou(figures).length;
  return `[report] ${figures.day.date}: ${count === 0 ? 'nothing needs you' : count === 1 ? '1 thing needs you' : `${count} things need you`}; ${summaryOf(figures)}`;
};

/** For an e-mail: what needs a person first, in lines of at most 80 characters. */
export function textOf(figures: ReportFigures, told: Told & { readonly page: string }): string {
  const { day, money, cost, now } = figures;
  const first = needsYou(figures);
  const sections = sectionsOf(figures, told);
  const empty = sections.filter(({ rows }) => rows.length === 0);
  return [
    `Commercial-Ops responder, ${day.date} (${day.zone})`,
    '',
    ...wrap(`${closeInWords(figures).title}.`),
    ...wrap(`${summaryOf(figures)}.`),
    ...wrap(
      `Money: ${dollars(now.atRisk)} at risk${now.blocked === null ? ', as far as is known' : `, of which ${dollars(now.blocked.usd)} waits`}; ${dollars(money.repaired)} repaired.`,
    ),
    ...wrap(
      `The automation cost ${dollars(cost.usd)}${cost.lambda && cost.athena ? '' : ', as far as is known'}.`,
    ),
    // Unwrapped, so that it can be clicked and copied.
    `Page: ${told.page}`,
    '',
    ...heading('What needs you first'),
    ...(first.length === 0 ? ['Nothing.'] : first.flatMap((line, i) => wrap(line, `${i + 1}. `))),
    ...sections.flatMap((section) => (section.rows.length > 0 ? ['', ...sectionLines(section)] : [])),
    ...(empty.length === 0
      ? []
      : ['', ...wrap(`Nothing to report: ${empty.map(({ title }) => title.toLowerCase()).join(', ')}.`)]),
    '',
  ].join('\n');
}

const heading = (title: string): string[] => [title, '-'.repeat(title.length)];

function sectionLines({ title, note, columns, rows }: Section): string[] {
  const left = rows.length - MOST_ROWS;
  return [
    ...heading(title),
    ...(note === undefined ? [] : wrap(note)),
    ...rows.slice(0, MOST_ROWS).flatMap((row) => wrap(rowLine(columns, row), '- ')),
    ...(left > 0 ? [`… and ${left} more, on the page.`] : []),
  ];
}

/** The first column names the row. */
const rowLine = (columns: readonly string[], [first = '', ...rest]: readonly string[]): string =>
  [
    first,
    ...rest.flatMap((cell, i) =>
      cell === '' || cell === '–' ? [] : [`${columns[i + 1]?.toLowerCase() ?? ''} ${cell}`],
    ),
  ].join('; ');

/** Lines of at most 80 characters, later ones indented; a longer word is cut. */
function wrap(text: string, mark = ''): string[] {
  const room = WIDTH - mark.length;
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? []);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line, i) => `${i === 0 ? mark : ' '.repeat(mark.length)}${line}`);
}
