/** For an address. Half a character, which others may have written, is replaced: it can't be encoded. */
export const pathPart = (text: string): string => encodeURIComponent(text.toWellFormed());
