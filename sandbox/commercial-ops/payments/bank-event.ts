import * as z from 'zod';

/** The bank's report of a payment. */
export const BankEvent = z.strictObject({
  event_id: z.string().min(1),
  invoice_id: z.string().min(1),
  amount_usd: z
    .union([z.string(), z.number().transform(String)])
    .pipe(
      z
        .string()
        .regex(/^-?\d{1,12}(\.\d{1,6})?$/, 'wanted a decimal with at most six digits after the point'),
    ),
  provider_ref: z.string().min(1),
  method: z.enum(['card', 'wallet', 'bank_transfer', 'credit']),
  status: z.enum(['pending', 'confirmed', 'failed', 'refunded']),
  created_at: z.iso.datetime({ offset: true }),
});
export type BankEvent = z.infer<typeof BankEvent>;

/** @throws when the text is no event */
export function readBankEvent(text: string): BankEvent {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new Error(`the message is no JSON: ${JSON.stringify(text.slice(0, 80))}; wanted a bank event`);
  }
  const read = BankEvent.safeParse(parsed);
  if (read.success) return read.data;
  throw new Error(`the message is no bank event: ${z.prettifyError(read.error).replaceAll('\n', ' ')}`);
}
