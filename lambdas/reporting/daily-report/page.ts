import { dollars } from '../../domain/words.ts';
import type { Settings } from '../../platform/settings.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import { printPage } from '../../platform/page/page.ts';
import { needsYou, summaryOf } from './attention.ts';
import { chartsOf } from './charts.ts';
import { clockIn } from '../../platform/calendar.ts';
import type { ReportFigures } from './figures.ts';
import { sectionsOf, type Section } from './sections.ts';

/** The report as one self-contained page. */
export function pageOf(figures: ReportFigures, settings: Pick<Settings, 'people' | 'prices'>): string {
  const { day, now } = figures;
  const sections = sectionsOf(figures, { settings });
  const body = html`<header>
      <h1>${day.date} <span class="soft">Commercial-Ops responder</span></h1>
      <p class="soft">The day as ${day.zone} has it. ${summaryOf(figures)}.</p>
      ${first(figures)} ${tiles(figures)}
      <nav aria-label="Parts of the report">
        <ul>
          ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
        </ul>
      </nav>
    </header>
    <main>
      <div class="charts">${chartsOf(figures)}</div>
      ${sections.map(section)}
    </main>
    <footer>
      <p>
        As of the day’s end, ${clockIn(day.zone)(day.until)}; written ${clockIn(day.zone)(now.at)}. Figures
        come from the ledger’s schema <code>responder</code>; a dash means none, “unknown” means that nobody
        could say.
      </p>
    </footer>`;
  return printPage({ title: `Commercial-Ops responder, ${day.date}`, kind: 'board', body });
}

function first(figures: ReportFigures): Markup {
  const lines = needsYou(figures);
  return lines.length === 0
    ? html`<div class="card first calm"><h2>Nothing needs you</h2></div>`
    : html`<div class="card first">
        <h2>What needs you first</h2>
        <ol>
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ol>
      </div>`;
}

function tiles({ severities, incidents, money, cost, told }: ReportFigures): Markup {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const closedBy = (who: string): number => incidents.filter((one) => one.closedBy === who).length;
  const known = cost.lambda && cost.athena;
  const all = [
    [
      'Incidents open at the day’s end',
      sum(severities.map(({ open }) => open)),
      `${sum(severities.map(({ opened }) => opened))} opened that day`,
    ],
    [
      'Resolved by the machine',
      closedBy('machine'),
      `${closedBy('people')} by people, ${closedBy('itself')} went away`,
    ],
    ['Money repaired', dollars(money.repaired), `of ${dollars(money.atRisk)} at risk`],
    ['Notified in time', `${told.inTime} of ${told.due}`, `${told.late} late, ${told.untold} not sent`],
    ['The automation cost', dollars(cost.usd), known ? 'at published prices' : 'as far as is known'],
  ] as const;
  return html`<dl class="tiles">
    ${all.map(
      ([name, value, more]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}<small>${more}</small></dd>
        </div>`,
    )}
  </dl>`;
}

const section = ({ id, title, note, wide, columns, rows, empty }: Section): Markup =>
  html`<section class="card${wide ? ' wide' : ''}" id="${id}">
    <h2>${title}</h2>
    ${note !== undefined && html`<p class="note">${note}</p>`}${
      rows.length === 0 ? html`<p class="none">${empty}</p>` : table(columns, rows)
    }
  </section>`;

/** Amounts and times stay on one line. */
const figure = (cell: string): string => (cell.length <= 16 ? 'n' : '');

function table(columns: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const row = ([head = '', ...rest]: readonly string[]): Markup =>
    html`<tr>
      <th class="${figure(head)}" scope="row">${head}</th>
      ${rest.map((cell, i) => html`<td class="${figure(cell)}" data-label="${columns[i + 1] ?? ''}">${cell}</td>`)}
    </tr>`;
  return html`<table>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(row)}
    </tbody>
  </table>`;
}
