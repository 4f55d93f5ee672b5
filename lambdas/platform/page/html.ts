/** HTML that is safe to print: `html` escapes every value. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | false | null | undefined | readonly Part[];

/**
 * Escapes values, in text and in quoted attributes. Markup stays as it is; `false`, `null`
 * and `undefined` print nothing.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => (i === 0 ? text : `${printed(parts[i - 1])}${text}`)).join('') };
}

/** For our own text only, such as a style sheet. */
export const asMarkup = (markup: string): Markup => ({ markup });

function printed(part: Part): string {
  if (part === false || part === null || part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return 'markup' in part ? part.markup : part.map(printed).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
    // Pages hold no control characters, escaped or not, and nothing that changes the order of letters.
    .replaceAll(/(?![\t\n\r])\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '\ufffd');
