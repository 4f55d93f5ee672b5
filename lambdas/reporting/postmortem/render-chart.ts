import type { Bar, Chart, Lane, Mark } from './document.ts';
import { escaped } from '../../platform/html.ts';
import { clock, dayOf, duration, moment } from './words.ts';

const LANE = 46;
const TOP = 6;

/**
 * The timeline as inline SVG without a view box: its x are percentages, so that it fills any width and its letters stay
 * as large as the page's. What is drawn stands in `data-*` attributes: moments as ISO 8601, durations in seconds.
 */
export function renderChart(chart: Chart): string {
  const height = TOP + chart.lanes.length * LANE + 34;
  const bottom = height - 28;
  return [
    `<svg class="chart" role="img" aria-label="Timeline from ${escaped(moment(chart.from))} to ${escaped(moment(chart.to))}" width="100%" height="${height}" data-from="${chart.from}" data-to="${chart.to}">`,
    ...chart.lanes.map((lane, i) => renderLane(lane, TOP + i * LANE, chart)),
    `<line class="axis" x1="0" x2="100%" y1="${bottom}" y2="${bottom}"/>`,
    ...ticks(chart, bottom),
    '</svg>',
  ].join('\n');
}

function renderLane({ title, bars, marks }: Lane, y: number, chart: Chart): string {
  return [
    `<g data-lane="${escaped(title)}">`,
    `<text class="lane" x="0" y="${y + 14}">${escaped(title)}</text>`,
    `<line class="rail" x1="0" x2="100%" y1="${y + 30}" y2="${y + 30}"/>`,
    ...bars.map((bar) => renderBar(bar, y + 22, chart)),
    ...marks.map((mark) => renderMark(mark, y + 30, chart)),
    '</g>',
  ].join('');
}

function renderBar({ from, to, label, tone }: Bar, y: number, chart: Chart): string {
  const x = placeOf(from, chart);
  const width = Math.max(placeOf(to, chart) - x, 0);
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1_000);
  const title = `${label}, ${moment(from)} to ${moment(to)} (${duration(Math.max(seconds, 0))})`;
  // What takes no time is still to be seen.
  return `<rect class="bar ${tone}" x="${percent(Math.min(x, 99.4))}" y="${y}" width="${percent(Math.max(width, 0.6))}" height="16" rx="3" data-from="${from}" data-to="${to}" data-seconds="${seconds}"><title>${escaped(title)}</title></rect>`;
}

function renderMark({ at, label, tone }: Mark, y: number, chart: Chart): string {
  const x = Math.min(Math.max(placeOf(at, chart), 1), 99);
  return `<circle class="mark ${tone}" cx="${percent(x)}" cy="${y}" r="5" data-at="${at}"><title>${escaped(`${label}, ${moment(at)}`)}</title></circle>`;
}

/** Begin, middle and end: three moments stand beside one another at any width. */
function ticks(chart: Chart, bottom: number): string[] {
  const [from, to] = [Date.parse(chart.from), Date.parse(chart.to)];
  const days = dayOf(chart.from) !== dayOf(chart.to);
  return (['start', 'middle', 'end'] as const).map((anchor, i) => {
    const at = new Date(from + ((to - from) * i) / 2).toISOString();
    const label = days ? `${dayOf(at).slice(5)} ${clock(at).slice(0, 5)}` : clock(at);
    return `<text class="tick" x="${percent(i * 50)}" y="${bottom + 18}" text-anchor="${anchor}">${label}</text>`;
  });
}

function placeOf(at: string, { from, to }: Chart): number {
  const whole = Date.parse(to) - Date.parse(from);
  return whole <= 0 ? 0 : ((Date.parse(at) - Date.parse(from)) / whole) * 100;
}

const percent = (x: number): string => `${Number(x.toFixed(3))}%`;
