import { html, NOTHING, type Markup } from '../../platform/html.ts';

/** Charts as inline SVG: drawn from the figures, which they also carry, for readers without eyes and for tests. */

export interface Series {
  readonly name: string;
  /** A class of the style sheet, such as `c-sev-1`. */
  readonly colour: string;
}

interface Chart {
  /** Its `data-chart`, and the start of its ids. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in words. */
  readonly says: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

export interface Columns extends Chart {
  /** One group along the axis, such as a day; a null was not measured. */
  readonly groups: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** On top of each other when they sum up, beside each other when they don't. */
  readonly stacked: boolean;
}

export interface Bars extends Chart {
  readonly groups: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
    /** Instead of the series’, when each bar is a thing of its own. */
    readonly colour?: string;
    /** As people read it, where the number alone would not do. */
    readonly shown?: readonly string[];
  }[];
}

const WIDTH = 400;
const GREATEST = (values: readonly (number | null)[]): number =>
  Math.max(0, ...values.map((one) => one ?? 0));
const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, one) => total + (one ?? 0), 0);
const px = (value: number): string => value.toFixed(1);

const TOP = 24;
const PLOT = 130;

/** Days along the axis. */
export function columnChart(chart: Columns): Markup {
  const { groups, series, stacked, format } = chart;
  const most = GREATEST(groups.flatMap(({ values }) => (stacked ? [sum(values)] : values)));
  const step = WIDTH / Math.max(1, groups.length);
  const bar = stacked ? step * 0.68 : (step * 0.76) / series.length;
  const marks = groups.flatMap(({ label, values }, i) => {
    let height = 0;
    return values.map((value, j) => {
      if (!value) return NOTHING;
      const tall = (value / most) * PLOT;
      const x = i * step + (stacked ? step * 0.16 : step * 0.12 + j * bar);
      const y = TOP + PLOT - tall - (stacked ? height : 0);
      height += tall;
      const { name, colour } = series[j] ?? { name: '', colour: '' };
      return html`<rect
        class="${colour}"
        x="${px(x)}"
        y="${px(y)}"
        width="${px(bar - 1)}"
        height="${px(tall)}"
        data-value="${value}"
        ><title>${label}, ${name}: ${format(value)}</title></rect
      >`;
    });
  });
  const base = TOP + PLOT;
  const labels = groups.map(({ label }, i) =>
    // The last is the report's day; every third label before it has room.
    (groups.length - 1 - i) % 3 === 0
      ? html`<text
          x="${px((i + 0.5) * step)}"
          y="${base + 18}"
          text-anchor="${i === groups.length - 1 ? 'end' : 'middle'}"
          >${label}</text
        >`
      : NOTHING,
  );
  return figure(
    chart,
    base + 26,
    html`<line class="axis" x1="0" x2="${WIDTH}" y1="${TOP}" y2="${TOP}" /><line
        class="axis"
        x1="0"
        x2="${WIDTH}"
        y1="${base}"
        y2="${base}"
      /><text x="0" y="${TOP - 7}">${most === 0 ? 'none' : format(most)}</text>${marks}${labels}`,
  );
}

const ROW = 22;
const LABEL = 140;
const VALUE = 100;

/** Things beneath each other, each with a bar per series and its figure in words. */
export function barChart(chart: Bars): Markup {
  const { groups, series, format } = chart;
  const most = GREATEST(groups.flatMap(({ values }) => values));
  const tall = series.length * ROW;
  const rows = groups.map(({ label, values, colour, shown }, i) => {
    const top = i * (tall + 8);
    const bars = values.map((value, j) => {
      const long = value ? Math.max(2, (value / most) * (WIDTH - LABEL - VALUE)) : 0;
      const y = top + j * ROW;
      const fill = colour ?? series[j]?.colour ?? '';
      const text = shown?.[j] ?? (value === null ? 'not known' : format(value));
      return html`<rect
          class="${fill}"
          x="${LABEL}"
          y="${y + 3}"
          width="${px(long)}"
          height="${ROW - 6}"
          ${value === null ? NOTHING : html`data-value="${value}"`}
        /><text x="${px(LABEL + long + 6)}" y="${y + ROW / 2 + 4}">${text}</text>`;
    });
    return html`<text x="0" y="${top + tall / 2 + 4}">${label}</text>${bars}`;
  });
  return figure(chart, Math.max(1, groups.length) * (tall + 8), html`${rows}`);
}

function figure(chart: Columns | Bars, height: number, drawn: Markup): Markup {
  const { id, title, says, series, groups } = chart;
  const legend =
    series.length > 1
      ? html`<ul class="legend">
          ${series.map(
            ({ name, colour }) =>
              html`<li>
                <svg viewBox="0 0 10 10" aria-hidden="true">
                  <rect class="${colour}" width="10" height="10" /></svg
                >${name}
              </li>`,
          )}
        </ul>`
      : NOTHING;
  const body =
    groups.length === 0
      ? html`<p class="none">Nothing to draw.</p>`
      : html`<svg role="img" viewBox="0 0 ${WIDTH} ${height}" aria-labelledby="${id}-title ${id}-desc">
          <title id="${id}-title">${title}</title>
          <desc id="${id}-desc">${says}</desc>
          ${drawn}
        </svg>`;
  const figures = groups.map(({ label, values }) => ({ label, values }));
  return html`<figure data-chart="${id}" data-figures="${JSON.stringify(figures)}">
    <figcaption>${title}</figcaption>
    ${legend}${body}${asTable(chart)}
  </figure>`;
}

function asTable({ groups, series, format }: Columns | Bars): Markup {
  const cells = ({ values, ...group }: (Columns | Bars)['groups'][number]) =>
    values.map((value, i) => {
      const shown = 'shown' in group ? group.shown?.[i] : undefined;
      return html`<td>${shown ?? (value === null ? '–' : format(value))}</td>`;
    });
  if (groups.length === 0) return NOTHING;
  return html`<details>
    <summary>As a table</summary>
    <table>
      <thead>
        <tr>
          <th scope="col"></th>
          ${series.map(({ name }) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${groups.map(
          (group) =>
            html`<tr>
              <th scope="row">${group.label}</th>
              ${cells(group)}
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
