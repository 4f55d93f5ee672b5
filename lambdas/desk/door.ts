import { createHmac, timingSafeEqual } from 'node:crypto';
import { html } from '../platform/page/html.ts';
import { printPage } from '../platform/page/page.ts';
import { STYLE_HASH } from '../platform/page/style-hash.ts';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';

export interface DoorNeeds {
  /** Of the address that is printed: it lets in anyone who has it. */
  readonly token: string;
  /** `127.0.0.1:4400`, as the browser must name us. */
  readonly host: () => string;
}

/** No inline script, no frame around us, no cache; nothing is loaded from elsewhere. */
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not "no-referrer": browsers then send "Origin: null" with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
} as const;

const sameText = (a: string, b: string): boolean =>
  Buffer.byteLength(a) === Buffer.byteLength(b) && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/**
 * Keeps everybody out who has not got the printed address: other users of this machine, other pages in
 * the person's browser, and names that somebody has made point to this machine.
 */
export function createDoor({ token, host }: DoorNeeds) {
  const derived = (purpose: string): string =>
    createHmac('sha256', token).update(purpose).digest('base64url');
  const cookie = derived('cookie');
  const csrf = derived('form');
  // Cookies do not know ports: two desks on one machine each have their own.
  const name = (): string => `desk-${host().split(':')[1] ?? ''}`;

  const answer = (c: Context, status: 401 | 403 | 421, title: string, says: string): Response =>
    c.html(
      printPage({
        title,
        kind: 'form',
        body: html`<main>
          <h1>${title}</h1>
          <p>${says}</p>
        </main>`,
      }),
      status,
    );

  const check: MiddlewareHandler = async (c, next) => {
    for (const [header, value] of Object.entries(HEADERS)) c.header(header, value);
    const named = c.req.header('host');
    if (named !== host())
      return answer(
        c,
        421,
        'This is another address',
        `Wanted http://${host()}/ as the desk has printed it.`,
      );
    const { method, path } = c.req;
    const reads = method === 'GET' || method === 'HEAD';
    if (reads && sameText(path, `/${token}`)) {
      setCookie(c, name(), cookie, { httpOnly: true, sameSite: 'Strict', path: '/' });
      return c.redirect('/', 303);
    }
    if (!sameText(getCookie(c, name()) ?? '', cookie))
      return answer(
        c,
        401,
        'This desk is somebody’s own',
        'Open the address that it has printed in the terminal, with all that stands behind the last slash.',
      );
    if (reads) return next();
    const origin = c.req.header('origin');
    const form = await c.req.parseBody().catch((): Record<string, unknown> => ({}));
    if (origin !== `http://${host()}` || typeof form['csrf'] !== 'string' || !sameText(form['csrf'], csrf))
      return answer(
        c,
        403,
        'This did not come from the desk',
        'Nothing was done. Open the page on the desk again, and press its button.',
      );
    return next();
  };
  return { check, csrf };
}
