/** The names that a mistyped word most likely means, nearest first. */
export const nearest = (word: string, names: readonly string[], count: number): string[] =>
  names
    .map((name) => ({ name, far: distance(word, name) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, count)
    .map(({ name }) => name);

/** Levenshtein's, but characters left over at either end of the longer word cost little. */
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
  return (row.at(-1) ?? 0) - 0.7 * Math.abs(a.length - b.length);
}
