import { asMarkup, html, type Markup } from './html.ts';
import { STYLE } from './style.ts';

export interface Page {
  readonly title: string;
  /** Its largest width: a form, a text, or tables and charts side by side. */
  readonly kind: 'form' | 'text' | 'board';
  readonly body: Markup;
}

/** A self-contained page: no script, nothing loaded, readable from 400 pixels on, light and dark. */
export const printPage = ({ title, kind, body }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${asMarkup(`<style>${STYLE}</style>`)}
      </head>
      <body class="${kind}">
        ${body}
      </body>
    </html> `.markup;
