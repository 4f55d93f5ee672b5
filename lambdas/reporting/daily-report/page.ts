import { dollars } from '../../domain/words.ts';
import type { Settings } from '../../platform/settings.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import { printPage } from '../../platform/page/page.ts';
import { closeInWords, needsYou, summaryOf } from './attention.ts';
import { chartsOf } from './charts.ts';
import { clockIn } from '../../platform/calendar.ts';
import { folderAddress } from '../../platform/console.ts';
import { evidencePrefix } from '../../record/evidence.ts';
import type { Incident, ReportFigures } from './figures.ts';
import { sectionsOf, type Section } from './sections.ts';

/** The report as one self-contained page: the month's close, what waits for people, money; then the rest of the day. */
export function pageOf(figures: ReportFigures, settings: PageSettings): string {
  const { day, now } = figures;
  const sections = sectionsOf(figures, { settings });
  const full = sections.filter(({ rows }) => rows.length > 0);
  const empty = sections.filter(({ rows }) => rows.length === 0);
  const link = linker(figures, settings);
  const body = html`<header>
      <h1>${day.date} <span class="soft">Commercial-Ops responder</span></h1>
      <p class="soft">The day as ${day.zone} has it. ${summaryOf(figures)}.</p>
      ${close(figures, link)} ${first(figures, link)} ${tiles(figures)}
    </header>
    <main>
      ${full.map((one) => section(one, link))}
      ${
        empty.length > 0 &&
        html`<details class="card wide">
          <summary>Nothing to report: ${empty.map(({ title }) => title.toLowerCase()).join(', ')}</summary>
          <ul>
            ${empty.map(({ title, note, empty: says }) => html`<li><b>${title}</b>: ${says} ${note}</li>`)}
          </ul>
        </details>`
      }
      <details class="wide">
        <summary>Charts: the last 14 days, and that day</summary>
        <div class="charts">${chartsOf(figures)}</div>
      </details>
    </main>
    <footer>
      <p>
        As of the day’s end, ${clockIn(day.zone)(day.until)}; written ${clockIn(day.zone)(now.at)}. A dash
        means none, “unknown” means that nobody could say. Beside this page: <code>report.json</code> and
        <code>incidents.csv</code>.
      </p>
    </footer>`;
  return printPage({ title: `Commercial-Ops responder, ${day.date}`, kind: 'board', body });
}

export type PageSettings = Pick<Settings, 'people' | 'prices' | 'partition' | 'region' | 'bucket'>;

type Link = (text: string) => Markup;

/** Each id that the day has leads to its run's evidence. */
function linker(
  { incidents, refused, approvals, told, exhausted, postmortems, now }: ReportFigures,
  at: PageSettings,
): Link {
  const runs = new Map<string, string>();
  const opened = [...told.failings, ...exhausted, ...postmortems.unsigned];
  // An incident is named after the run that opened it first.
  for (const { incident } of opened) runs.set(incident, incident.replace(/^INC-/, ''));
  for (const { incident } of now.close?.steps ?? [])
    if (incident !== null) runs.set(incident, incident.replace(/^INC-/, ''));
  for (const { lastRun } of refused) runs.set(lastRun, lastRun);
  for (const { id, run } of approvals.waiting) runs.set(id, run);
  for (const { incident, run } of incidents) runs.set(incident, run);
  return (text) => {
    const parts = text.split(/([\w.-]+)/);
    return html`${parts.map((part) => {
      const run = runs.get(part);
      return run === undefined
        ? part
        : html`<a href="${folderAddress(at, evidencePrefix(run, 'live'))}">${part}</a>`;
    })}`;
  };
}

function close(figures: ReportFigures, link: Link): Markup {
  const { title, steps } = closeInWords(figures);
  return html`<div class="card">
    <h2>${link(title)}</h2>
    <ol class="chain">
      ${steps.map(
        ({ name, done, says }) =>
          html`<li class="${done ? 'done' : 'open'}">
            ${done ? '✓' : '○'} ${name}${says !== '' && html` <span class="soft">${link(says)}</span>`}
          </li>`,
      )}
    </ol>
  </div>`;
}

function first(figures: ReportFigures, link: Link): Markup {
  const lines = needsYou(figures);
  return lines.length === 0
    ? html`<div class="card first calm"><h2>Nothing needs you</h2></div>`
    : html`<div class="card first">
        <h2>What needs you first</h2>
        <ol>
          ${lines.map((line) => html`<li>${link(line)}</li>`)}
        </ol>
      </div>`;
}

function tiles({ severities, incidents, money, cost, told, now, toDate }: ReportFigures): Markup {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const closedBy = (...who: Incident['closedBy'][]): number =>
    incidents.filter((one) => who.includes(one.closedBy)).length;
  const known = cost.lambda && cost.athena;
  const waits = now.blocked === null ? 'what waits is unknown' : `${dollars(now.blocked.usd)} of it waits`;
  const all = [
    ['Money at risk', dollars(now.atRisk), waits],
    [
      'Money repaired',
      dollars(money.repaired),
      `of ${dollars(money.atRisk)} planned; month to date ${dollars(toDate.month.repaired)}`,
    ],
    [
      'Incidents open at the day’s end',
      sum(severities.map(({ open }) => open)),
      `${sum(severities.map(({ opened }) => opened))} opened that day`,
    ],
    [
      'Resolved by the machine',
      closedBy('machine'),
      `${closedBy('people', 'called')} by people, ${closedBy('itself')} went away`,
    ],
    ['Notified in time', `${told.inTime} of ${told.due}`, `${told.late} late, ${told.untold} not sent`],
    [
      'The automation cost',
      dollars(cost.usd),
      `${dollars(cost.fixed.usd)} of it fixed${known ? '' : '; the rest as far as is known'}`,
    ],
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

function section({ id, title, note, wide, folded, columns, rows }: Section, link: Link): Markup {
  const means = note !== undefined && html`<p class="note">${note}</p>`;
  return html`<section class="card${wide ? ' wide' : ''}" id="${id}">
    ${
      folded
        ? html`<details>
            <summary>${title}</summary>
            ${table(columns, rows, link)} ${means}
          </details>`
        : html`<h2>${title}</h2>
            ${table(columns, rows, link)}${
              means &&
              html`<details>
                <summary>What this means</summary>
                ${means}
              </details>`
            }`
    }
  </section>`;
}

/** Amounts and times stay on one line. */
const figure = (cell: string): string => (cell.length <= 16 ? 'n' : '');

function table(columns: readonly string[], rows: Section['rows'], link: Link): Markup {
  const row = ([head = '', ...rest]: readonly string[]): Markup =>
    html`<tr>
      <th class="${figure(head)}" scope="row">${link(head)}</th>
      ${rest.map((cell, i) => html`<td class="${figure(cell)}" data-label="${columns[i + 1] ?? ''}">${link(cell)}</td>`)}
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
