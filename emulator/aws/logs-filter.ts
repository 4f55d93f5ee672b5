import { AwsError } from '../kernel/service.ts';

const invalid = (what: string): AwsError => new AwsError('InvalidParameterException', what);

/**
 * Tests messages by a filter pattern: plain terms and "quoted phrases" must all occur, `-term`
 * must not, and at least one of `?terms` must. Case matters.
 * @throws AwsError for the JSON, space-delimited and regular-expression patterns, which are not emulated
 */
export function filterOf(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? '').trim();
  if (text.startsWith('{')) throw invalid(`The emulator does not emulate JSON filter patterns: ${text}`);
  if (text.startsWith('['))
    throw invalid(`The emulator does not emulate space-delimited filter patterns: ${text}`);
  const terms = termsOf(text);
  const any = terms.filter(({ sign }) => sign === '?');
  if (any.length > 0 && any.length < terms.length)
    throw invalid(`The filter pattern mixes ?terms with other terms; CloudWatch then ignores the ?: ${text}`);
  const all = terms.filter(({ sign }) => sign === '');
  const none = terms.filter(({ sign }) => sign === '-');
  return (message) =>
    all.every(({ term }) => message.includes(term)) &&
    !none.some(({ term }) => message.includes(term)) &&
    (any.length === 0 || any.some(({ term }) => message.includes(term)));
}

function termsOf(text: string): { sign: '' | '?' | '-'; term: string }[] {
  const shape = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)/y;
  const terms: { sign: '' | '?' | '-'; term: string }[] = [];
  while (shape.lastIndex < text.length) {
    const start = shape.lastIndex;
    const found = shape.exec(text);
    if (!found)
      throw invalid(
        `Invalid filter pattern at "${text.slice(start).trim()}": a term with characters other than a-z, A-Z, 0-9 and _ ` +
          'must stand in double quotes (%regular expressions% are not emulated).',
      );
    const [, sign = '', quoted, plain] = found;
    terms.push({ sign: sign as '' | '?' | '-', term: plain ?? (quoted ?? '').replace(/\\(.)/g, '$1') });
  }
  return terms;
}
