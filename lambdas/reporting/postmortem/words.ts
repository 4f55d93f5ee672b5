import { tellSeconds } from '../../platform/duration.ts';

/** `2026-11-23 14:11:05` of a moment, UTC. */
export const moment = (at: string): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const dayOf = (at: string): string => new Date(at).toISOString().slice(0, 10);

/** Of a moment that may be before the other. */
export const duration = (seconds: number): string =>
  seconds < 0 ? `${tellSeconds(-seconds)} before` : tellSeconds(seconds);

export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
