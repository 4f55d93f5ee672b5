import { exactMoment, plural } from '../../domain/words.ts';
import { TO_COMPLETE, type Part, type PostmortemDocument, type SourceEntry } from './document.ts';
import { citationOf, type Fact, type Source } from './source.ts';

/** `draft.md`, for people to complete. A list item is a fact, and ends with its citations. */
export function renderMarkdown(
  { title, about, agree, incident, sections, sources }: PostmortemDocument,
  { record }: { readonly record: string },
): string {
  return [
    `# ${inline(title)}`,
    '',
    inline(about),
    '',
    `> A draft from the record. Complete every ${'`'}[${TO_COMPLETE}: …]${'`'}, then sign it: ${'`'}npm run respond -- sign-postmortem <incident> --file <this file>${'`'}.`,
    ...(agree
      ? [
          `> The machine repaired it at once: if the record is right, this is enough: ${'`'}npm run respond -- sign-postmortem ${incident} --agree${'`'}.`,
        ]
      : []),
    '> Lines with a citation are the record’s: leave them as they are, and write beside them what is to be said about them.',
    '',
    ...sections.flatMap(({ title: heading, parts }) => [
      `## ${heading}`,
      '',
      ...parts.flatMap((part) => [...renderPart(part), '']),
    ]),
    '## Sources',
    '',
    `> Audit entries are the chain’s own; a fact that has none is cited by the entry that holds the hash of [${record}](${record}), the whole record as it was gathered.`,
    '',
    ...sources.map(renderSource),
    '',
  ].join('\n');
}

function renderPart(part: Part): string[] {
  switch (part.kind) {
    case 'paragraph':
      return [renderFact(part.fact)];
    case 'facts':
      return [
        ...(part.title === undefined ? [] : [`### ${inline(part.title)}`, '']),
        ...part.facts.map((one) => `- ${renderFact(one)}`),
      ];
    case 'figures':
      return part.figures.map(
        ({ label, value, fact }) => `- **${label}: ${inline(value)}**: ${renderFact(fact)}`,
      );
    case 'timeline':
      return part.entries.map(({ at, fact }) => `- **${exactMoment(at)}** ${renderFact(fact)}`);
    case 'blank': {
      const { asks, columns } = part.blank;
      const marker = `[${TO_COMPLETE}: ${asks}]`;
      return columns
        ? [marker, '', `| ${columns.join(' | ')} |`, `|${columns.map(() => ' --- |').join('')}`]
        : [marker];
    }
  }
}

const renderFact = ({ text, sources }: Fact): string =>
  `${inline(text)} ${sources.map(citationOf).join(' ')}`;

/** Begins like its citation, and ends with the whole hash and its place. */
function renderSource({ source, files, notes }: SourceEntry): string {
  const links = files ? ` [rows](${files.csv}), [query](${files.sql}).` : '';
  return `- **${source.id}** ${whatItIs(source)}${links}${notes.map((note) => ` ${inline(note)}.`).join('')}`;
}

function whatItIs(source: Source): string {
  if (source.kind === 'audit')
    return `audit entry ${source.seq} of ${code(source.chain)}, ${inline(source.of)}, ${exactMoment(source.at)}, hash ${code(source.hash)}.`;
  const { run, key, asked, rows, takenAt, sha256, s3Key } = source;
  return `evidence ${code(`${run}/${key}`)}, ${inline(asked)}, ${plural(rows, 'row')}, ${exactMoment(takenAt)}, sha256 ${code(sha256)}, in the record bucket at ${code(s3Key)}.`;
}

const code = (text: string): string => `${'`'}${text.replaceAll('`', 'ʼ')}${'`'}`;

/** The record's text is never a heading, a link, a citation or a blank. */
function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*[\]<>|]/g, (sign) => (sign === '<' ? '&lt;' : sign === '>' ? '&gt;' : `\\${sign}`))
    .replaceAll(/(^|\W)_|_(?=\W|$)/g, (found) => found.replace('_', '\\_'))
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d+)([.)])(?= )/, '$1\\$2');
}
