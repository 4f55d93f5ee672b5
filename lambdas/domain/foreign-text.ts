import { shortened } from '../domain/shortened.ts';

/** Text that others wrote (alarms, people, AWS, logs): every channel makes it harmless at its border. */

/** A line that people read to its end; an alarm's reason has at most 1,023 characters. */
export const LONGEST_LINE = 2_000;

/**
 * What changes the order of letters or is not seen: bidirectional marks, zero-width characters, tags.
 * Half a surrogate pair is no character.
 */
const UNSEEN = /[\p{Cs}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]/gu;
/** A terminal obeys control characters; some of them, and two others, begin a line. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

const shown = (line: string): string => line.replaceAll(CONTROL, ' ').replaceAll(UNSEEN, '');

/** Many lines, as our own layout has them: line breaks stay, nothing else that is not printed. */
export const printable = (text: string): string => text.split(/\r?\n/).map(shown).join('\n');

/** One line, bounded: whatever is in it cannot look like a line of ours. */
export const oneLine = (text: string, most = LONGEST_LINE): string =>
  // Cut first: of a text of megabytes nobody reads the end.
  shortened(shown(text.slice(0, most * 4)), most);

/** Somebody's words, quoted; a closing quotation mark in them does not end them. */
export const quoted = (text: string, most = LONGEST_LINE): string =>
  `“${oneLine(text, most - 2).replaceAll(/[“”„‟«»]/g, '"')}”`;

/**
 * Plain text for a chat that reads Markdown: signs that begin emphasis or code, or join a link's two
 * halves, become others that look alike, for Slack knows no escape. Inside a word `_` is no sign.
 */
export const withoutMarkdown = (text: string): string =>
  text
    .replaceAll(/\](?=[([:])/g, ')')
    .replaceAll('*', '∗')
    .replaceAll('~', '∼')
    .replaceAll('`', "'")
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '＿');
