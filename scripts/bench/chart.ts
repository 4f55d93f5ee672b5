import { html, type Markup } from '../../lambdas/platform/page/html.ts';
import { isMet, type Figure } from './part.ts';

/** Of a file that stands alone on any background: colours of both schemes, and no style sheet. */
const COLOURS = { met: '#2f9358', missed: '#d97908', frame: '#7b8696' };
const WIDTH = 860;
const NAMES = 330;
const FIGURES = 170;
const ROW = 22;
/** Powers of ten, either way of the target. */
const DECADES = 2;
const PLOT = WIDTH - NAMES - FIGURES;
const TARGET_AT = NAMES + PLOT / 2;

export const shown = ({ value, unit }: Figure): string => {
  const digits = value >= 100 || (unit === '' && Number.isInteger(value)) ? 0 : 2;
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`;
};

export const targetText = ({ target, unit }: Figure): string =>
  target ? `${'most' in target ? `≤ ${target.most}` : `≥ ${target.least}`}${unit && ` ${unit}`}` : '';

/** How far each figure is from its target, on a scale of powers of ten: to the left of the line is better. */
export function chartOf(figures: readonly Figure[]): string {
  const rows = figures.filter(({ target }) => target !== undefined);
  const height = ROW * (rows.length + 2);
  const bars = rows.map((figure, i): Markup => {
    const y = ROW * (i + 1);
    const at = TARGET_AT + (Math.max(-DECADES, Math.min(DECADES, distance(figure))) / DECADES) * (PLOT / 2);
    const [x, width] = [Math.min(at, TARGET_AT), Math.max(1.5, Math.abs(at - TARGET_AT))];
    const colour = isMet(figure) ? COLOURS.met : COLOURS.missed;
    return html`<text x="${NAMES - 8}" y="${y + 15}" text-anchor="end">${figure.name}</text>
      <rect
        x="${x.toFixed(1)}"
        y="${y + 4}"
        width="${width.toFixed(1)}"
        height="${ROW - 8}"
        fill="${colour}"
      />
      <text x="${NAMES + PLOT + 8}" y="${y + 15}">${shown(figure)} (${targetText(figure)})</text>`;
  });
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    font-family="system-ui, sans-serif"
    font-size="12"
    fill="${COLOURS.frame}"
  >
    <title>How far each figure of the bench is from its target</title>
    <text x="${TARGET_AT - 8}" y="15" text-anchor="end">better ◂</text>
    <text x="${TARGET_AT + 8}" y="15">▸ misses its target</text>
    ${bars}
    <line x1="${TARGET_AT}" x2="${TARGET_AT}" y1="4" y2="${height - ROW / 2}" stroke="${COLOURS.frame}" />
  </svg> `.markup;
}

/** In powers of ten; above zero is a miss. */
function distance({ value, target }: Figure): number {
  if (!target) return 0;
  return 'most' in target ? Math.log10(value / target.most) : Math.log10(target.least / value);
}
