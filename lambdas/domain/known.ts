/** A fact, or why it is unknown; the reason is for people. */
export type Known<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export const known = <T>(value: T): Known<T> => ({ ok: true, value });

export const unknown = (why: string): Known<never> => ({ ok: false, why });
