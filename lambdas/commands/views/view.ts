import type { CommandCall } from '../definition.ts';

/** What a page is made from: the page's own id, if it has one, and the words of a search. */
export type ViewCall = Pick<CommandCall, 'pool' | 'tools' | 'settings' | 'now' | 'caller' | 'log'> & {
  readonly id: string;
};

/** As it comes over the wire: a moment is its ISO text. */
export type AsSent<T> = T extends Date
  ? string
  : T extends readonly (infer One)[]
    ? readonly AsSent<One>[]
    : T extends object
      ? { readonly [K in keyof T]: AsSent<T[K]> }
      : T;
