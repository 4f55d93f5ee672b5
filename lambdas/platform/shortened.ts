/** The text, or as much of it as leaves room for the end within so many characters; none is cut in two. */
export const shortened = (text: string, most: number, end = '…'): string =>
  text.length <= most ? text : `${text.slice(0, Math.max(most - end.length, 0)).toWellFormed()}${end}`;
