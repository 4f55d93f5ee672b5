import { exactMoment, plural } from '../../domain/words.ts';
import { timelineChart } from '../../platform/page/chart.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import { printPage } from '../../platform/page/page.ts';
import {
  TO_COMPLETE,
  type Part,
  type PostmortemDocument,
  type Section,
  type SourceEntry,
} from './document.ts';
import type { Fact, Source } from './source.ts';

export interface Beside {
  readonly markdown: string;
  /** The sealed record. */
  readonly record: string;
}

/** `draft.html` needs nothing but the files beside it. */
export function pageOf(document: PostmortemDocument, { markdown, record }: Beside): string {
  const { title, about, agree, incident, sections, sources, chart } = document;
  const body = html`<main>
    <h1>${title}</h1>
    <p class="soft">${about}</p>
    <p class="note">
      A draft from the record: every statement has its source. People complete
      <a href="${markdown}">${markdown}</a>, and sign
      it.${
        agree &&
        html` The machine repaired it at once: if the record is right,
          <code>npm run respond -- sign-postmortem ${incident} --agree</code> is enough.`
      }
    </p>
    ${sections.map((one) => section(one, one.id === 'timeline' && timelineChart(chart)))}
    <section aria-labelledby="sources">
      <h2 id="sources">Sources</h2>
      <p class="note">
        Audit entries are the chain’s own; a fact that has none is cited by the entry that holds the hash of
        <a href="${record}">${record}</a>, the whole record as it was gathered.
      </p>
      <ul class="sources">
        ${sources.map(sourceItem)}
      </ul>
    </section>
  </main>`;
  return printPage({ title, kind: 'text', body });
}

const section = ({ id, title, parts }: Section, before: Markup | false): Markup =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${before} ${parts.map(printPart)}
  </section>`;

function printPart(part: Part): Markup {
  switch (part.kind) {
    case 'paragraph':
      return html`<p class="in-short">${printFact(part.fact)}</p>`;
    case 'facts':
      return html`${part.title !== undefined && html`<h3>${part.title}</h3>`}
        <ul class="facts">
          ${part.facts.map((one) => html`<li>${printFact(one)}</li>`)}
        </ul>`;
    case 'figures':
      return html`<ul class="tiles">
        ${part.figures.map(
          ({ label, value, figure, unit, fact }) =>
            html`<li data-label="${label}" data-figure="${figure}" data-unit="${unit}">
              <span class="label">${label}</span><span class="value">${value}</span>
              <p>${printFact(fact)}</p>
            </li>`,
        )}
      </ul>`;
    case 'timeline':
      return html`<ol class="timeline">
        ${part.entries.map(
          ({ at, fact }) =>
            html`<li data-at="${at}">
              <time datetime="${at}">${exactMoment(at)}</time>
              <div>${printFact(fact)}</div>
            </li>`,
        )}
      </ol>`;
    case 'blank': {
      const { asks, columns } = part.blank;
      return html`<div class="blank">
        <strong>${TO_COMPLETE}</strong>${asks}${columns && ` (${columns.join(', ')})`}
      </div>`;
    }
  }
}

const printFact = ({ text, sources }: Fact): Markup =>
  html`<span class="fact">${text}</span>
    <span class="cites">${sources.map((source) => html`${citation(source)} `)}</span>`;

/** A raised number beside the fact; its hash is in the list of sources. */
function citation(source: Source): Markup {
  const hash = source.kind === 'evidence' ? source.sha256 : source.hash;
  const place = source.kind === 'evidence' ? `${source.run}/${source.key} sha256` : `seq ${source.seq} hash`;
  return html`<sup><a href="#${source.id}" title="${place} ${hash}">${source.id}</a></sup>`;
}

const sourceItem = ({ source, files, notes }: SourceEntry): Markup =>
  html`<li id="${source.id}">
    <b>${source.id}</b> ${whatItIs(source)}
    ${files && html`<a href="${files.csv}">rows (CSV)</a> · <a href="${files.sql}">query (SQL)</a>.`}
    ${notes.map((note) => ` ${note}.`)}
  </li>`;

function whatItIs(source: Source): Markup {
  if (source.kind === 'audit')
    return html`audit entry ${source.seq} of <code>${source.chain}</code>, ${source.of},
      ${exactMoment(source.at)}, hash <code>${source.hash}</code>.`;
  const { run, key, asked, rows, takenAt, sha256, s3Key } = source;
  return html`evidence <code>${run}/${key}</code>, ${asked}, ${plural(rows, 'row')}, ${exactMoment(takenAt)},
    sha256 <code>${sha256}</code>, in the record bucket at <code>${s3Key}</code>.`;
}
