import { shortened } from '../domain/shortened.ts';

/** SNS: "fewer than 100 characters long" of ASCII, no line breaks or control characters. */
const SUBJECT_LENGTH = 99;

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

export function subjectOf(text: string): string {
  const ascii = asciiOf(text);
  if (ascii === '') return '(no subject)';
  return shortened(ascii, SUBJECT_LENGTH, '...');
}
