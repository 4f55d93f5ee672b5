import { oneLine } from '../domain/foreign-text.ts';
import { readable } from '../domain/words.ts';

/** A label, its text, and lines below it, such as commands. A text alone is a line. */
export type Fact = readonly [label: string, says: string, ...beneath: string[]] | string;

/** Each is one line, whatever others wrote into it. Labels of one width, so that their texts form a column. */
export const factLines = (facts: readonly Fact[]): string[] =>
  facts.flatMap((fact) => {
    if (typeof fact === 'string') return [oneLine(fact)];
    const [label, says, ...beneath] = fact;
    const told = `${`${label}:`.padEnd(15)} ${readable(says)}`;
    return [told, ...beneath.map((line) => `  ${line}`)].map((line) => oneLine(line));
  });

/** The one layout of messages: a headline, facts, and blocks of lines, separated by empty lines. */
export const layout = ({
  headline,
  facts,
  body = [],
}: {
  readonly headline: string;
  readonly facts: readonly Fact[];
  readonly body?: readonly (readonly string[])[];
}): string =>
  [[headline], factLines(facts), ...body.map((block) => block.map(readable))]
    .filter((block) => block.length > 0)
    .map((block) => block.map((line) => oneLine(line)).join('\n'))
    .join('\n\n');
