import * as z from 'zod';
import { command } from '../definition.ts';

export const whoami = command({
  about: 'who you are to the responder',
  usage: 'whoami',
  schema: z.strictObject({}),
  identity: true,
  answer: async ({ caller: { arn, person } }) => ({
    ok: true,
    text: arn === person ? `you are ${arn}` : `you are ${person}, by ${arn}`,
    data: { arn, person },
  }),
});
