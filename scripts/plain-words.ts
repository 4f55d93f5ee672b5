const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const ISO = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g;
/** More digits than anybody reads. */
const LONG_FIGURE = /\b\d+\.\d{3,}\b/g;
/** Glue's run ids have 67 characters; nobody reads the last 55. */
const LONG_ID = /\b(jr_[0-9a-f]{9})[0-9a-f]+/g;

/** `30 Nov 2026` */
export const dayOf = (at: Date): string =>
  `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;

/** `30 Nov 2026, 06:45 UTC` */
export const momentOf = (at: Date): string => `${dayOf(at)}, ${at.toISOString().slice(11, 16)} UTC`;

/** A machine's sentence as people read it on a terminal: no raw moments, no digits and no ids that mean nothing to them. */
export const inPlainWords = (text: string): string =>
  text
    .replaceAll(ISO, (iso) => {
      const at = new Date(iso);
      return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${iso.slice(11, 16)} UTC`;
    })
    .replaceAll(LONG_FIGURE, (figure) => Number(figure).toFixed(2))
    .replaceAll(LONG_ID, '$1…');
