import * as z from 'zod';

/** The Atlassian Document Format, as far as plain texts, lists and links need it. */

const Text = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1),
  marks: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('link'), attrs: z.strictObject({ href: z.url() }) }),
        z.strictObject({ type: z.enum(['strong', 'em', 'code']) }),
      ]),
    )
    .optional(),
});
const Inline = z.discriminatedUnion('type', [Text, z.strictObject({ type: z.literal('hardBreak') })]);
const Paragraph = z.strictObject({ type: z.literal('paragraph'), content: z.array(Inline).optional() });
const ListItem = z.strictObject({ type: z.literal('listItem'), content: z.array(Paragraph).min(1) });
const List = z.strictObject({
  type: z.enum(['bulletList', 'orderedList']),
  content: z.array(ListItem).min(1),
});
const Blocks = z.array(z.discriminatedUnion('type', [Paragraph, List]));

const LONGEST = 32_767;

/** What is wrong with a field's value: an error of the field, or `INVALID_INPUT` for the whole request. */
export function faultOf(value: unknown): { field: string } | { request: string } | undefined {
  const { type, version, content } = (value ?? {}) as Record<string, unknown>;
  if (type !== 'doc' || version !== 1)
    return { field: 'Operation value must be an Atlassian Document (see the Atlassian Document Format)' };
  if (!Blocks.safeParse(content).success) return { request: 'INVALID_INPUT' };
  if (JSON.stringify(value).length > LONGEST)
    return { field: 'The entered text is too long. It exceeds the allowed limit of 32,767 characters.' };
  return undefined;
}
