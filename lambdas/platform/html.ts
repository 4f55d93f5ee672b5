/** HTML that is safe to print: made by `html`, which escapes whatever is put into it. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | readonly Part[];

/** A template whose values are escaped, in text and in quoted attributes; markup and lists of it stay as they are. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    markup: texts.map((text, i) => (i === 0 ? text : `${printed(parts[i - 1] ?? '')}${text}`)).join(''),
  };
}

export const NOTHING: Markup = { markup: '' };

/** Text that is ours, such as a style sheet. Never anybody else's. */
export const asMarkup = (markup: string): Markup => ({ markup });

function printed(part: Part): string {
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

/** Text as HTML, also within an attribute's quotes. */
export const escaped = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
    // No page may hold control characters, escaped or not.
    .replaceAll(/(?![\t\n\r])\p{Cc}/gu, '\ufffd');
