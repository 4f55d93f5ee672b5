import * as z from 'zod';
import { LONGEST_TOKEN } from '../../notifications/acknowledge-token.ts';

/** The parts that are read of a function URL's event, payload format 2.0. Anyone may have sent it. */
const UrlEvent = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().default(''),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ http: z.object({ method: z.string(), sourceIp: z.string().max(64) }) }),
});

export type Asked =
  | {
      readonly method: 'GET' | 'HEAD' | 'POST';
      readonly token: string;
      /** As typed: of the page's form. */
      readonly name?: string;
      readonly from: string;
    }
  | { readonly refused: 400 | 404 | 405 };

/** A token, a name of 200 characters as a form encodes it, and their fields' names. A longer form is not ours. */
const LONGEST = LONGEST_TOKEN + 64 + 200 * 12;

/** `GET /?t=<token>`, or the page's form: `t=<token>&name=<name>` in the body. Nothing else is answered. */
export function readAsked(event: unknown): Asked {
  const read = UrlEvent.safeParse(event);
  if (!read.success) return { refused: 400 };
  const { rawPath, rawQueryString, body = '', isBase64Encoded, requestContext } = read.data;
  const { method, sourceIp: from } = requestContext.http;
  if (rawPath !== '/') return { refused: 404 };
  if (method === 'GET' || method === 'HEAD') return tokenOf(rawQueryString, method, from);
  if (method !== 'POST') return { refused: 405 };
  // Base64 is a third longer.
  if (body.length > 2 * LONGEST) return { refused: 400 };
  return tokenOf(isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body, method, from);
}

function tokenOf(text: string, method: 'GET' | 'HEAD' | 'POST', from: string): Asked {
  if (text.length > LONGEST) return { refused: 400 };
  const fields = [...new URLSearchParams(text)];
  const [token, name, ...more] = fields;
  if (token?.[0] !== 't' || more.length > 0) return { refused: 400 };
  if (name === undefined) return { method, token: token[1], from };
  if (name[0] !== 'name' || method !== 'POST') return { refused: 400 };
  return { method, token: token[1], name: name[1], from };
}
