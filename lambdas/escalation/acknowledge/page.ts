import { createHash } from 'node:crypto';
import { escaped } from '../../platform/html.ts';

/** One self-contained page: no script, nothing loaded, readable at 400 pixels, by day and by night. */
export interface Page {
  readonly status: number;
  readonly title: string;
  /** Paragraphs. */
  readonly says: readonly string[];
  /** What is known of the incident: name and value. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** Commands or addresses, each with what it is for. */
  readonly steps?: readonly (readonly [what: string, command: string])[];
  /** The one button, which sends the token back. */
  readonly button?: { readonly text: string; readonly token: string };
}

const STYLE = `:root{color-scheme:light dark}
body{margin:0 auto;max-width:38rem;padding:1.25rem;font:1.05rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.35rem;line-height:1.25;margin:.25rem 0 1rem}
dl{margin:1rem 0;padding:.75rem 1rem;border:1px solid #8886;border-radius:.5rem}
dt{font-size:.85rem;opacity:.75}
dd{margin:0 0 .6rem}
dd:last-child{margin:0}
button{width:100%;padding:1rem;border:0;border-radius:.5rem;background:#0b5cad;color:#fff;font:inherit;font-weight:600;cursor:pointer}
button:focus-visible{outline:3px solid #f0a000;outline-offset:2px}
code{display:block;padding:.5rem .6rem;border-radius:.35rem;background:#8882;font-size:.9rem}
li{margin:.6rem 0}
ul{padding-left:1.1rem}`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Nothing runs, nothing is fetched, nobody frames it, nothing of it is kept; the link goes to nobody by a Referer. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'strict-transport-security': 'max-age=31536000',
} as const;

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const answerWith = (page: Page): HttpAnswer => ({
  statusCode: page.status,
  headers: { ...HEADERS, ...(page.status === 405 && { allow: 'GET, HEAD, POST' }) },
  body: render(page),
});

function render({ title, says, facts = [], steps = [], button }: Page): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>`,
    `<h1>${escaped(title)}</h1>`,
    ...says.map((text) => `<p>${escaped(text)}</p>`),
    ...(facts.length === 0
      ? []
      : [
          '<dl>',
          ...facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`),
          '</dl>',
        ]),
    // Sent to the page's own address, without what stands behind its question mark.
    ...(button
      ? [
          `<form method="post" action="./"><input type="hidden" name="t" value="${escaped(button.token)}">`,
          `<button>${escaped(button.text)}</button></form>`,
        ]
      : []),
    ...(steps.length === 0
      ? []
      : [
          '<ul>',
          ...steps.map(([what, line]) => `<li>${escaped(what)}<code>${escaped(line)}</code></li>`),
          '</ul>',
        ]),
    '</main></body></html>',
  ].join('\n');
}
