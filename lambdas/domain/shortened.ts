/** Cut to at most so many characters, the end included; none is split. */
export const shortened = (text: string, most: number, end = '…'): string =>
  text.length <= most ? text : `${text.slice(0, Math.max(most - end.length, 0)).toWellFormed()}${end}`;
