import type { Severity } from '../domain/decision.ts';
import { readable, sentence, shortIncident } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';

/** What a telephone shows; SNS takes 99 of ASCII, no line breaks or control characters. */
export const SUBJECT_LENGTH = 70;

/** Accents are dropped, dashes and quotes become ASCII, anything else a question mark; one line. */
export const asciiOf = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .replaceAll(/[‐-―]/g, '-')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/…/g, '...')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/[^ -~]/gu, '?')
    .trim();

/** Where a thought may end: before a comma, semicolon, colon, full stop or parenthesis. */
const BOUNDARY = /[;:,.](?=\s)|\s(?=\()|\s-\s/g;
/** A shorter part of a thought says nothing. */
const SHORTEST_THOUGHT = 8;

/** The longest beginning that ends where a thought does; nothing if even the first thought is too long. */
export function wholeThought(text: string, most: number): string | undefined {
  const ascii = asciiOf(readable(text)).replace(/[.;:,]$/, '');
  if (ascii.length <= most) return ascii;
  const ends = [...ascii.matchAll(BOUNDARY)].map(({ index }) => index);
  const end = ends.findLast((at) => at <= most && at >= SHORTEST_THOUGHT);
  return end === undefined ? undefined : ascii.slice(0, end);
}

export interface Headline {
  readonly severity: Severity;
  /** Of the incident; unknown without the ledger. */
  readonly number?: number | undefined;
  /** `ACTING`; nothing where the fault itself is the news. The first that fits. */
  readonly news?: string | readonly string[];
  /** The fault in a few words. */
  readonly title: string;
  /** In one thought; the first that fits. */
  readonly says: readonly string[];
}

/** `SEV-2 INC-41 Costs are 4.3 days old: incomplete delivery`: it never ends in mid-thought. */
export function subjectFor({ severity, number, news = '', title, says }: Headline): string {
  const fault = asciiOf(sentence(readable(title)));
  const short = number === undefined ? [] : [shortIncident(number)];
  const heads = (typeof news === 'string' ? [news] : news).flatMap((one) =>
    [
      [severity, ...short, one, fault],
      [severity, one, fault],
    ].map((parts) => parts.filter(Boolean).join(' ')),
  );
  const head = heads.find(({ length }) => length <= SUBJECT_LENGTH) ?? `${severity} ${fault}`;
  return withThought(head, says);
}

/** @returns `head: thought` with the first thought that fits, or the head alone */
export function withThought(head: string, says: readonly string[]): string {
  const room = SUBJECT_LENGTH - head.length - 2;
  const [thought] = says.flatMap((one) => wholeThought(one, room) ?? []);
  return thought === undefined ? head : `${head}: ${thought}`;
}

/** Fit for SNS, and cut after a word. */
export function subjectOf(text: string): string {
  const ascii = asciiOf(readable(text));
  if (ascii === '') return '(no subject)';
  if (ascii.length <= SUBJECT_LENGTH) return ascii;
  const whole = /^(.{40,66}\S)[\s,;:]+(?=\S)/.exec(ascii.slice(0, SUBJECT_LENGTH))?.[1];
  return whole === undefined ? shortened(ascii, SUBJECT_LENGTH, '...') : `${whole}...`;
}
