import { printable } from '../../domain/foreign-text.ts';

/** Atlassian Document Format, for Jira Cloud's API 3. */

export type Inline =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly marks?: readonly { readonly type: 'link'; readonly attrs: { readonly href: string } }[];
    }
  | { readonly type: 'hardBreak' };
export interface Paragraph {
  readonly type: 'paragraph';
  readonly content: readonly Inline[];
}
export interface BulletList {
  readonly type: 'bulletList';
  readonly content: readonly { readonly type: 'listItem'; readonly content: readonly Paragraph[] }[];
}
export type Block = Paragraph | BulletList;
export interface Document {
  readonly type: 'doc';
  readonly version: 1;
  readonly content: readonly Block[];
}

export interface Link {
  readonly title: string;
  readonly url: string;
}

/** Jira's limit for a text field; even its JSON fits. */
export const LONGEST = 32_767;

export const documentOf = (content: readonly Block[]): Document => ({ type: 'doc', version: 1, content });

/**
 * Line breaks, which are ours, stay; other control characters, which Jira refuses, go. A text node is
 * never empty.
 */
export function paragraphOf(text: string): Paragraph {
  const lines = printable(text).split('\n');
  const content = lines.flatMap((line, at): Inline[] => [
    ...(at > 0 ? [{ type: 'hardBreak' } as const] : []),
    ...(line === '' ? [] : [{ type: 'text', text: line } as const]),
  ]);
  return { type: 'paragraph', content };
}

export const linksOf = (links: readonly Link[]): BulletList => ({
  type: 'bulletList',
  content: links.map(({ title, url }) => ({
    type: 'listItem',
    content: [
      {
        type: 'paragraph',
        content: [{ type: 'text', text: title || url, marks: [{ type: 'link', attrs: { href: url } }] }],
      },
    ],
  })),
});

/** As many paragraphs as fit into `room` characters of JSON; the first that does not is cut. */
export function fitting(texts: readonly string[], room: number): Paragraph[] {
  const all = texts.map(paragraphOf);
  if (all.reduce((size, paragraph) => size + sizeOf(paragraph), 0) <= room) return all;
  let left = room - sizeOf(CUT);
  const end = all.findIndex((paragraph) => (left -= sizeOf(paragraph)) < 0);
  const cut = all[end];
  if (!cut) return [...all, CUT];
  return [...all.slice(0, end), ...beginningOf(texts[end] ?? '', left + sizeOf(cut)), CUT];
}

const CUT = paragraphOf('[cut: the rest did not fit; the record has all of it]');

function beginningOf(text: string, room: number): Paragraph[] {
  for (let length = Math.min(text.length, room); length > 0; length = Math.floor(length * 0.9)) {
    const begun = paragraphOf(`${text.slice(0, length)}…`);
    if (sizeOf(begun) <= room) return [begun];
  }
  return [];
}

/** With the comma before it. */
export const sizeOf = (block: Block): number => JSON.stringify(block).length + 1;

/** Any document's paragraphs as plain text: enough to find a mark. */
export function plainParagraphs(node: unknown): string[] {
  const { type, content } = node as { type?: unknown; content?: unknown };
  if (!Array.isArray(content)) return [];
  if (type !== 'paragraph') return content.flatMap(plainParagraphs);
  return [content.map(({ text }: { text?: unknown }) => (typeof text === 'string' ? text : '\n')).join('')];
}
