/** The names that a mistyped word most likely means, nearest first: a part of a name is nearer than any slip of letters. */
export const nearest = (word: string, names: readonly string[], count: number): string[] =>
  names
    .map((name) => ({
      name,
      far: distance(word, name) - (name.includes(word) ? 0.9 * (name.length - word.length) : 0),
    }))
    .sort((a, b) => a.far - b.far)
    .slice(0, count)
    .map(({ name }) => name);

/** Whether a word is one of the names, or one of them with a slip or two: a letter too many, too few or another. */
export const isNear = (word: string, names: readonly string[]): boolean =>
  names.some((name) => distance(word.toLowerCase(), name) <= Math.min(2, Math.floor(name.length / 3)));

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
