import { asMarkup, html, type Markup } from './html.ts';
import { STYLE } from './style.ts';

export interface Page {
  readonly title: string;
  /** Its largest width: a form, a text, or tables and charts side by side. */
  readonly kind: 'form' | 'text' | 'board' | 'desk';
  /** Address of a script on the same server: the page works without it. */
  readonly script?: string;
  readonly body: Markup;
}

/** A self-contained page: nothing loaded but its own script, if it has one, readable from 400 pixels on, light and dark. */
export const printPage = ({ title, kind, script, body }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${asMarkup(`<style>${STYLE}</style>`)}
        ${script !== undefined && html`<script src="${script}" defer></script>`}
      </head>
      <body class="${kind}">
        ${body}
      </body>
    </html> `.markup;
