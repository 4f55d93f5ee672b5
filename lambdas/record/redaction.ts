/**
 * What a log line must not bring into the record, where it would stay for months: secrets, and what is
 * about persons. Each is replaced by `[removed: <kind>]`; the log group has the line until its own
 * retention ends.
 */

const REMOVED = (kind: string): string => `[removed: ${kind}]`;
const MARK = /\[removed: ([a-z -]+)\]/g;

/** A value behind its name, as JSON, `key=value`, `key: value` or a query string. */
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\"(?:[^"\\]|\\[^"])*\\"|[^\s,;&"'}\])]+)`;
/** The same, but unquoted it ends before the next name, a comma or the line: names of persons have blanks. */
const WORDS = String.raw`(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\"(?:[^"\\]|\\[^"])*\\"|[^,;&"'}\])=:\n]+?(?=\s+[\w.-]{1,64}\s?[=:]|[,;&"'}\])\n]|$))`;
const named = (names: string, value: string): RegExp =>
  new RegExp(String.raw`((?<![A-Za-z0-9])(?:${names})\\?["']?\s{0,3}[=:]\s{0,3})(?!\[removed)${value}`, 'gi');

const SECRET_NAMES = String.raw`(?:[\w-]{0,40}[_-])?(?:passw(?:or)?d|passphrase|pwd|secret|secret[_-]?(?:access[_-]?)?key|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|credentials?|signature|cookie|session[_-]?id)|[a-z]{0,40}(?:Password|Secret|SecretAccessKey|Token|ApiKey|AccessKeyId|PrivateKey|Signature)`;

type Replace = (text: string) => string;

const replacing =
  (pattern: RegExp, kind: string): Replace =>
  (text) =>
    text.replaceAll(pattern, (_whole, before: unknown) =>
      typeof before === 'string' ? `${before}${REMOVED(kind)}` : REMOVED(kind),
    );

const ALWAYS: readonly Replace[] = [
  replacing(
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]{0,8000}?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
    'key',
  ),
  // `scheme://user:password@host`
  replacing(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"']{0,200}:[^\s/@"']{0,500}@(?=[^\s/@])/gi, 'login'),
  replacing(/(\b(?:Bearer|Basic|Digest|Token)\s{1,3})[A-Za-z0-9._~+/=-]{8,}/gi, 'token'),
  replacing(/\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, 'token'),
  replacing(/\b(?:AKIA|ASIA)[A-Z0-9]{12,124}\b/g, 'key'),
  replacing(/\b(?:[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|xox[a-z]-|glpat-|whsec_)[\w-]{8,}/g, 'token'),
  replacing(named(SECRET_NAMES, VALUE), 'secret'),
  replacing(/[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g, 'e-mail address'),
  (text) => text.replaceAll(/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b/g, (found) => ibanIn(found) ?? found),
  (text) =>
    text.replaceAll(/(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?![\w.-]|[.,]\d)/g, (found) =>
      isCard(found.replaceAll(/\D/g, '')) ? REMOVED('card number') : found,
    ),
  (text) =>
    text.replaceAll(/(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w.-])/g, (found) =>
      isCard(found.replaceAll(/\D/g, '')) ? REMOVED('card number') : found,
    ),
];

/** The longest beginning that is one: words behind it look like more of it. */
function ibanIn(found: string): string | undefined {
  for (let end = found.length; end >= 15; end--) {
    const text = found.slice(0, end);
    if (!text.endsWith(' ') && isIban(text.replaceAll(' ', '')))
      return `${REMOVED('iban')}${found.slice(end)}`;
  }
  return undefined;
}

/** ISO 13616: 15 to 34 characters, and a remainder of 1 modulo 97. */
function isIban(text: string): boolean {
  if (text.length < 15 || text.length > 34) return false;
  const digits = (text.slice(4) + text.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

/** ISO 7812: the check digit of Luhn. */
const isCard = (digits: string): boolean =>
  [...digits].reverse().reduce((sum, digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0) %
    10 ===
  0;

export type Redact = (text: string) => string;

/** @param fields names of fields whose values are about persons */
export function redacting(fields: readonly string[]): Redact {
  const escaped = fields.map((field) => field.replaceAll(/[^\w-]/g, String.raw`\$&`)).join('|');
  const personal = fields.length === 0 ? [] : [replacing(named(escaped, WORDS), 'personal')];
  return (text) => [...ALWAYS, ...personal].reduce((line, replace) => replace(line), text);
}

/** How often each kind was removed from a line. */
export function removedFrom(line: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, kind = ''] of line.matchAll(MARK)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const SECRET_NAME = new RegExp(`^-{0,2}(?:${SECRET_NAMES})$`, 'i');

/** Every text in a value, such as evidence rows; names of members stay. */
export function redacted(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one) => redacted(one, redact));
  // Only plain objects: a date is not taken apart.
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      typeof one === 'string' && SECRET_NAME.test(key) ? REMOVED('secret') : redacted(one, redact),
    ]),
  );
}
