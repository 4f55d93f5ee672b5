const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

export const escapeXml = (text: string): string =>
  text.replace(/[<>&]/g, (character) => ENTITIES[character] ?? '');
