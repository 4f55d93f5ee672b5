/** A rendered Markdown draft, read as a stranger would who trusts nothing but its text. */

export const CITATION = /(?<!\\)\[([EA]\d+): ([^\]]*)\]/g;

export interface SourceLine {
  readonly id: string;
  readonly hash: string;
  readonly line: string;
}

/** The list at the end, by id. */
export function sourcesIn(markdown: string): Map<string, SourceLine> {
  const lines = markdown.slice(markdown.indexOf('\n## Sources\n')).split('\n');
  return new Map(
    lines.flatMap((line) => {
      const id = /^- \*\*([EA]\d+)\*\*/.exec(line)?.[1];
      const hash = /(?:sha256|hash) `([0-9a-f]{64})`/.exec(line)?.[1];
      return id === undefined ? [] : [[id, { id, hash: hash ?? '', line }] as const];
    }),
  );
}

/** Every line that states something: neither heading nor note, neither blank nor table, before the sources. */
export const factsIn = (markdown: string): string[] =>
  markdown
    .slice(0, markdown.indexOf('\n## Sources\n'))
    .split('\n')
    .slice(3) // the title, and its one line
    .filter((line) => line.trim() !== '' && !/^(#|> |\||(?<!\\)\[TO COMPLETE)/.test(line));

/** What is wrong with a fact: it has no citation, or one that leads nowhere. */
export function uncited(fact: string, sources: Map<string, SourceLine>): string | undefined {
  const citations = [...fact.matchAll(CITATION)];
  if (citations.length === 0) return `no citation: ${fact}`;
  for (const [whole, id = '', said = ''] of citations) {
    const source = sources.get(id);
    if (!source) return `${id} is not among the sources: ${fact}`;
    const short = /(?:sha256|hash) ([0-9a-f]{12})…$/.exec(said)?.[1];
    if (short === undefined || !source.hash.startsWith(short)) return `${whole} is not the source's hash`;
    const place = /^(\S+) sha256/.exec(said)?.[1];
    if (place !== undefined && !source.line.includes(`\`${place}\``)) return `${whole} is another evidence`;
  }
  return undefined;
}

/** Relative references of a Markdown document or a page. */
export const referencesIn = (text: string): string[] => [
  ...[...text.matchAll(/(?<!\\)\]\(([^)]+)\)/g)].map(([, to = '']) => to),
  ...[...text.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, to = '']) => to),
];
