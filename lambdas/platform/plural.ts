/** `1 run`, `2 runs`. */
export const plural = (count: number, thing: string, things = `${thing}s`): string =>
  `${count} ${count === 1 ? thing : things}`;
