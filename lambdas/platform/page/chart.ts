import { clock, day, duration, exactMoment } from '../../domain/words.ts';
import { html, type Markup } from './html.ts';

/**
 * Charts as inline SVG without a view box: x is in percent, so that a chart fills any width while its
 * text keeps the page's size. The figures also stand in `data-*` attributes, for tests and screen
 * readers.
 */

export type Colour = 'red' | 'orange' | 'blue' | 'grey' | 'green' | 'violet';

interface Series {
  readonly name: string;
  readonly colour: Colour;
}

interface Chart {
  /** Its `data-chart`, and the start of its ids. */
  readonly id: string;
  readonly title: string;
  /** What it shows, in words. */
  readonly says: string;
  readonly series: readonly Series[];
}

export interface Grouped extends Chart {
  /** Days along an axis, or rows, with a value for each series; null: not measured. */
  readonly groups: readonly Group[];
  readonly format: (value: number) => string;
}

interface Group {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Instead of the series' colour. */
  readonly colour?: Colour;
  /** The values for people, where the number alone is not enough. */
  readonly shown?: readonly string[];
}

const greatest = (values: readonly (number | null)[]): number =>
  Math.max(0, ...values.map((one) => one ?? 0));
const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, one) => total + (one ?? 0), 0);
const percent = (x: number): string => `${Number(x.toFixed(3))}%`;

const TOP = 24;
const PLOT = 130;
const BASE = TOP + PLOT;

/** Series are stacked when they sum up, and side by side when they don't. */
export function columnChart(chart: Grouped & { readonly stacked: boolean }): Markup {
  const { groups, series, stacked, format } = chart;
  const most = greatest(groups.flatMap(({ values }) => (stacked ? [sum(values)] : values)));
  const step = 100 / Math.max(1, groups.length);
  const width = (step * 0.72) / (stacked ? 1 : series.length);
  const columns = groups.flatMap(({ label, values }, i) => {
    let below = 0;
    return values.map((value, j) => {
      if (!value) return undefined;
      const height = (value / most) * PLOT;
      const x = (i + 0.14) * step + (stacked ? 0 : j * width);
      const y = BASE - height - (stacked ? below : 0);
      below += height;
      return bar(
        { x, y, width: width * 0.96, height, colour: series[j]?.colour ?? 'grey' },
        `${label}, ${series[j]?.name ?? ''}: ${format(value)}`,
        html`data-value="${value}"`,
      );
    });
  });
  const labels = groups.map(({ label }, i) => {
    // The last is the report's day; every third label before it fits.
    const isLast = i === groups.length - 1;
    return (
      (groups.length - 1 - i) % 3 === 0 &&
      text(isLast ? 100 : (i + 0.5) * step, BASE + 18, label, isLast ? 'end' : 'middle')
    );
  });
  return grouped(
    chart,
    BASE + 26,
    html`${axis(TOP)}${axis(BASE)}${text(0, TOP - 7, most === 0 ? 'none' : format(most))}${columns}${labels}`,
  );
}

const ROW = 22;
/** In percent: leaves room for the longest bar's figure. */
const LONGEST_BAR = 64;

/** Rows, each with its name, and below it a bar with its figure for each series. */
export function barChart(chart: Grouped): Markup {
  const { groups, series, format } = chart;
  const most = greatest(groups.flatMap(({ values }) => values));
  const tall = (series.length + 1) * ROW + 6;
  const rows = groups.map(({ label, values, colour, shown }, i) => {
    const bars = values.map((value, j) => {
      const y = i * tall + (j + 1) * ROW;
      const width = value ? Math.max(0.5, (value / most) * LONGEST_BAR) : 0;
      const figure = shown?.[j] ?? (value === null ? 'unknown' : format(value));
      return html`${bar(
          { x: 0, y: y + 3, width, height: ROW - 6, colour: colour ?? series[j]?.colour ?? 'grey' },
          `${label}: ${figure}`,
          value !== null && html`data-value="${value}"`,
        )}<text x="${percent(width)}" dx="6" y="${y + ROW / 2 + 4}">${figure}</text>`;
    });
    return html`${text(0, i * tall + ROW / 2 + 6, label)}${bars}`;
  });
  return grouped(chart, Math.max(1, groups.length) * tall, html`${rows}`);
}

/** Moments are ISO 8601. */
export interface Timeline extends Chart {
  readonly from: string;
  readonly to: string;
  readonly lanes: readonly Lane[];
}

export interface Lane {
  readonly title: string;
  readonly bars: readonly Span[];
  readonly marks: readonly Mark[];
}

export interface Span {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly colour: Colour;
}

export interface Mark {
  readonly at: string;
  readonly label: string;
  readonly colour: Colour;
}

const LANE = 46;

/** Lanes along one time axis, with spans as bars and moments as dots. */
export function timelineChart(chart: Timeline): Markup {
  const [from, to] = [Date.parse(chart.from), Date.parse(chart.to)];
  const placeOf = (at: string): number => (to <= from ? 0 : ((Date.parse(at) - from) / (to - from)) * 100);
  const span = (one: Span, y: number): Markup => {
    const seconds = Math.round((Date.parse(one.to) - Date.parse(one.from)) / 1_000);
    const x = placeOf(one.from);
    return bar(
      // An instant stays visible.
      { ...one, x: Math.min(x, 99.4), y, width: Math.max(placeOf(one.to) - x, 0.6), height: 16 },
      `${one.label}, ${exactMoment(one.from)} to ${exactMoment(one.to)} (${duration(Math.max(seconds, 0))})`,
      html`data-from="${one.from}" data-to="${one.to}" data-seconds="${seconds}"`,
    );
  };
  const mark = ({ at, label, colour }: Mark, y: number): Markup =>
    html`<circle
      class="mark c-${colour}"
      cx="${percent(Math.min(Math.max(placeOf(at), 1), 99))}"
      cy="${y}"
      r="5"
      data-at="${at}"
      ><title>${label}, ${exactMoment(at)}</title></circle
    >`;
  const lanes = chart.lanes.map(({ title, bars, marks }, i) => {
    const y = i * LANE;
    return html`<g data-lane="${title}">
      ${text(0, y + 16, title)}${axis(y + 32)}${bars.map((one) => span(one, y + 24))}${marks.map((one) => mark(one, y + 32))}
    </g>`;
  });
  const bottom = chart.lanes.length * LANE + 8;
  // Three moments fit beside one another at any width.
  const ticks = (['start', 'middle', 'end'] as const).map((anchor, i) => {
    const at = new Date(from + ((to - from) * i) / 2);
    const withDay = day(chart.from) !== day(chart.to);
    return text(
      i * 50,
      bottom + 18,
      withDay ? `${day(at).slice(0, -5)} ${clock(at).slice(0, 5)}` : clock(at),
      anchor,
    );
  });
  return figure(chart, bottom + 26, html`${lanes}${axis(bottom)}${ticks}`);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: Colour;
}

const bar = ({ x, y, width, height, colour }: Box, title: string, data: Markup | false): Markup =>
  html`<rect
    class="bar c-${colour}"
    x="${percent(x)}"
    y="${y.toFixed(1)}"
    width="${percent(width)}"
    height="${height.toFixed(1)}"
    ${data}
    ><title>${title}</title></rect
  >`;

const text = (x: number, y: number, words: string, anchor = 'start'): Markup =>
  html`<text x="${percent(x)}" y="${y}" text-anchor="${anchor}">${words}</text>`;

const axis = (y: number): Markup => html`<line class="axis" x1="0" x2="100%" y1="${y}" y2="${y}" />`;

function grouped(chart: Grouped, height: number, drawn: Markup): Markup {
  const { groups, series, format } = chart;
  if (groups.length === 0) return figure(chart, 0, html``, html`<p class="none">Nothing to draw.</p>`);
  const cells = ({ values, shown }: Group) =>
    values.map((value, i) => html`<td>${shown?.[i] ?? (value === null ? '–' : format(value))}</td>`);
  const table = html`<details>
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
  return figure(chart, height, drawn, table);
}

function figure(chart: Chart | Grouped, height: number, drawn: Markup, after?: Markup): Markup {
  const { id, title, says, series } = chart;
  const figures = 'groups' in chart ? chart.groups.map(({ label, values }) => ({ label, values })) : [];
  const legend = html`<ul class="legend">
    ${series.map(
      ({ name, colour }) =>
        html`<li>
          <svg aria-hidden="true"><rect class="c-${colour}" width="10" height="10" /></svg>${name}
        </li>`,
    )}
  </ul>`;
  return html`<figure data-chart="${id}" data-figures="${JSON.stringify(figures)}">
    <figcaption>${title}</figcaption>
    ${series.length > 1 && legend}${
      height > 0 &&
      html`<svg role="img" width="100%" height="${height}" aria-labelledby="${id}-title ${id}-desc">
        <title id="${id}-title">${title}</title>
        <desc id="${id}-desc">${says}</desc>
        ${drawn}
      </svg>`
    }${after}
  </figure>`;
}
