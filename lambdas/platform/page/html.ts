/** HTML that is safe to print: made by `html`, which escapes whatever is put into it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | false | undefined | readonly Part[];

/**
 * A template whose values are escaped, in text and in quoted attributes. Markup and lists of it stay as they are;
 * `false` and `undefined` print nothing.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => (i === 0 ? text : `${printed(parts[i - 1])}${text}`)).join('') };
}

/** Text that is ours, such as a style sheet. Never anybody else's. */
export const asMarkup = (markup: string): Markup => ({ markup });

function printed(part: Part): string {
  if (part === false || part === undefined) return '';
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
    // No page may hold control characters, escaped or not.
    .replaceAll(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
