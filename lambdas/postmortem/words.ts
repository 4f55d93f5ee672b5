/** Moments and durations as the postmortem says them. */

/** `2026-11-23 14:11:05` of a moment, UTC. */
export const moment = (at: string): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const clock = (at: string): string => new Date(at).toISOString().slice(11, 19);
export const dayOf = (at: string): string => new Date(at).toISOString().slice(0, 10);

/** `1 d 2 h`, `4 min 12 s`: the two greatest units, or seconds; never rounded up. */
export function duration(seconds: number): string {
  if (seconds < 0) return `${duration(-seconds)} before`;
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  const parts = units.slice(first, first + 2).map(([unit, size], i) => {
    const above = i === 0 ? Infinity : (units[first]?.[1] ?? Infinity);
    return [Math.floor((seconds % above) / size), unit] as const;
  });
  return parts
    .filter(([count], i) => i === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;

export const targetWords = (target: Readonly<Record<string, string>>): string =>
  Object.entries(target)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
