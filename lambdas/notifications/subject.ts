import type { Severity } from '../domain/decision.ts';
import { readable } from '../domain/words.ts';
import { shortened } from '../domain/shortened.ts';

/** What a telephone shows; SNS takes 99 of ASCII, no line breaks or control characters. */
const SUBJECT_LENGTH = 70;

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

/** `SEV-2 ESCALATED cur-freshness 2026-11: AWS delivered 2 of 3 report files` */
export const subjectFor = ({
  severity,
  news,
  about,
  says,
}: {
  readonly severity: Severity;
  readonly news: string;
  readonly about: string;
  readonly says: string;
}): string => `${severity} ${news.toUpperCase()} ${about}: ${says}`;

/** Fit for SNS, and cut after a word. */
export function subjectOf(text: string): string {
  const ascii = asciiOf(readable(text));
  if (ascii === '') return '(no subject)';
  if (ascii.length <= SUBJECT_LENGTH) return ascii;
  const whole = /^(.{40,66}\S)[\s,;:]+(?=\S)/.exec(ascii.slice(0, SUBJECT_LENGTH))?.[1];
  return whole === undefined ? shortened(ascii, SUBJECT_LENGTH, '...') : `${whole}...`;
}
