import { stripVTControlCharacters } from 'node:util';

/** Lines of at most so many columns, broken between words; colours take no room. A longer word has a line of its own. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let room = 0;
  // With the blanks behind them: what is aligned stays so.
  for (const word of text.match(/\S+\s*/g) ?? ['']) {
    const length = stripVTControlCharacters(word.trimEnd()).length;
    if (lines.length === 0 || length > room) {
      lines.push(word);
      room = columns - stripVTControlCharacters(word).length;
    } else {
      lines[lines.length - 1] += word;
      room -= stripVTControlCharacters(word).length;
    }
  }
  return lines.map((line) => line.trimEnd());
}
