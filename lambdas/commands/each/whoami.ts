import * as z from 'zod';
import { EVERYBODY, command } from '../definition.ts';

export const whoami = command({
  about: 'who you are to the responder',
  usage: 'whoami',
  schema: z.strictObject({}),
  may: EVERYBODY,
  async answer({ caller: { arn, person }, settings: { people } }) {
    const may = people.commanders.find(({ name }) => name === person)?.may ?? [];
    const text = `you are ${person}, by ${arn}. You may ${may.join(', ')}.`;
    return { ok: true, text, data: { arn, person, may } };
  },
});
