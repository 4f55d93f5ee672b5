import { html } from '../../platform/page/html.ts';
import { printPage } from '../../platform/page/page.ts';
import { STYLE_HASH } from '../../platform/page/style-hash.ts';

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly says: readonly string[];
  /** What is known of the incident. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** Commands or addresses, each with its purpose. */
  readonly steps?: readonly (readonly [what: string, command: string])[];
  /** The one button, which sends the token back with the reader's name. */
  readonly button?: { readonly text: string; readonly token: string };
}

/** No script, no fetch, no frame, no cache; the link reaches nobody through a Referer. */
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
  const body = html`<main>
    <h1>${title}</h1>
    ${says.map((text) => html`<p>${text}</p>`)}
    ${
      facts.length > 0 &&
      html`<dl class="card">
        ${facts.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>`
    }
    ${
      // Sent to the page's own address, without its query.
      button &&
      html`<form method="post" action="./">
        <input type="hidden" name="t" value="${button.token}" />
        <p>
          <label for="name">Your name</label>
          <input id="name" name="name" required maxlength="60" autocomplete="name" />
        </p>
        <button>${button.text}</button>
      </form>`
    }
    ${
      steps.length > 0 &&
      html`<ul>
        ${steps.map(([what, line]) => html`<li>${what}<code>${line}</code></li>`)}
      </ul>`
    }
  </main>`;
  return printPage({ title, kind: 'form', body });
}
