import {
  TO_COMPLETE,
  type Part,
  type PostmortemDocument,
  type Section,
  type SourceEntry,
} from './document.ts';
import { escaped } from '../../platform/html.ts';
import { PAGE_STYLE } from './page-style.ts';
import { renderChart } from './render-chart.ts';
import { shortHash, type Fact, type Source } from './source.ts';
import { counted, moment } from './words.ts';

/** Names of the files beside the page. */
export interface Beside {
  readonly markdown: string;
  /** The sealed record. */
  readonly record: string;
}

/** The draft as a page that needs nothing but the files beside it: `draft.html`. */
export function renderHtml(document: PostmortemDocument, { markdown, record }: Beside): string {
  const { title, about, sections, sources, chart } = document;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<main>',
    `<h1>${escaped(title)}</h1>`,
    `<p class="about">${escaped(about)}</p>`,
    `<p class="note">A draft from the record: every statement has its source. People complete <a href="${escaped(markdown)}">${escaped(markdown)}</a>, and sign it.</p>`,
    ...sections.map((section) =>
      renderSection(section, section.id === 'timeline' ? renderTimelineChart(chart) : ''),
    ),
    '<section aria-labelledby="sources">',
    '<h2 id="sources">Sources</h2>',
    `<p class="note">Audit entries are the chain’s own; whatever has none is cited by the entry that holds the hash of <a href="${escaped(record)}">${escaped(record)}</a>, the whole record as it was gathered.</p>`,
    '<ul class="sources">',
    ...sources.map(renderSource),
    '</ul>',
    '</section>',
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const renderTimelineChart = (chart: PostmortemDocument['chart']): string =>
  `${renderChart(chart)}
<p class="legend"><span style="--tone:var(--good)">came to good</span><span style="--tone:var(--bad)">alarm, or came to nothing</span><span style="--tone:var(--plain)">neither</span></p>`;

const renderSection = ({ id, title, parts }: Section, before: string): string =>
  [
    `<section aria-labelledby="${id}">`,
    `<h2 id="${id}">${escaped(title)}</h2>`,
    before,
    ...parts.map(renderPart),
    '</section>',
  ].join('\n');

function renderPart(part: Part): string {
  switch (part.kind) {
    case 'facts':
      return `${part.title === undefined ? '' : `<h3>${escaped(part.title)}</h3>`}<ul class="facts">${part.facts
        .map((one) => `<li>${renderFact(one)}</li>`)
        .join('\n')}</ul>`;
    case 'figures':
      return `<ul class="figures">${part.figures
        .map(
          ({ label, value, figure, unit, fact }) =>
            `<li data-label="${escaped(label)}" data-figure="${escaped(figure)}" data-unit="${escaped(unit)}"><span class="label">${escaped(label)}</span><span class="value">${escaped(value)}</span><p>${renderFact(fact)}</p></li>`,
        )
        .join('\n')}</ul>`;
    case 'timeline':
      return `<ol class="timeline">${part.entries
        .map(
          ({ at, fact }) =>
            `<li data-at="${at}"><time datetime="${at}">${moment(at)}</time><div>${renderFact(fact)}</div></li>`,
        )
        .join('\n')}</ol>`;
    case 'blank':
      return `<div class="blank"><strong>${TO_COMPLETE}</strong>${escaped(part.blank.asks)}${part.blank.columns ? ` (${part.blank.columns.map(escaped).join(', ')})` : ''}</div>`;
  }
}

const renderFact = ({ text, sources }: Fact): string =>
  `<span class="fact">${escaped(text)}</span> <span class="cites">${sources.map(citation).join(' ')}</span>`;

/** Short beside the fact, whole in the list of sources. */
function citation(source: Source): string {
  const hash = source.kind === 'evidence' ? source.sha256 : source.hash;
  const place = source.kind === 'evidence' ? `${source.run}/${source.key} sha256` : `seq ${source.seq} hash`;
  return `<a href="#${source.id}" title="${escaped(`${place} ${hash}`)}">${source.id} ${shortHash(hash)}</a>`;
}

function renderSource({ source, files, notes }: SourceEntry): string {
  const links = files
    ? ` <a href="${escaped(files.csv)}">rows (CSV)</a> · <a href="${escaped(files.sql)}">query (SQL)</a>.`
    : '';
  return `<li id="${source.id}"><span class="id">${source.id}</span>${whatItIs(source)}${links}${notes.map((note) => ` ${escaped(note)}.`).join('')}</li>`;
}

function whatItIs(source: Source): string {
  if (source.kind === 'audit')
    return `audit entry ${source.seq} of <code>${escaped(source.chain)}</code>, ${escaped(source.of)}, ${moment(source.at)}, hash <code>${source.hash}</code>.`;
  const { run, key, asked, rows, takenAt, sha256, s3Key } = source;
  return `evidence <code>${escaped(`${run}/${key}`)}</code>, ${escaped(asked)}, ${counted(rows, 'row')}, ${moment(takenAt)}, sha256 <code>${sha256}</code>, in the record bucket at <code>${escaped(s3Key)}</code>.`;
}
