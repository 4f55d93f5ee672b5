import * as z from 'zod';
import { RECIPIENTS, type Recipient } from './people.ts';

/** What somebody types as their name. No signs that could pass for another part of a line. */
export const ClaimedName = z
  .string()
  .max(200)
  .transform((text) => text.normalize('NFC').replaceAll(/\s+/g, ' ').trim())
  .pipe(z.string().regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N} .'’-]{0,59}$/u));

/** A link proves that somebody reads its topic, and not who: the name is what they say. */
export const byLink = (recipient: Recipient, name: string): string =>
  `${name} (name not checked, link of ${recipient})`;

/** The topic whose link was used; nothing where a person has signed a command: no name of AWS has blanks. */
export const topicOfLink = (by: string): Recipient | undefined =>
  RECIPIENTS.find((recipient) => by.endsWith(`link of ${recipient})`) || by === `link of ${recipient}`);
