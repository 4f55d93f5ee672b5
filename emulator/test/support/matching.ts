/** Jest's own matchers are `any`, which lint rightly keeps out of typed objects. */
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
export const containing = (part: string): unknown => expect.stringContaining(part);
export const including = (items: readonly unknown[]): unknown => expect.arrayContaining(items);
export const having = (part: Readonly<Record<string, unknown>>): unknown => expect.objectContaining(part);
