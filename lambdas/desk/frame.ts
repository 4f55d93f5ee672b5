import { pathPart } from '../platform/page/path-part.ts';
import { moment } from '../domain/words.ts';
import { html, type Markup } from '../platform/page/html.ts';
import { printPage } from '../platform/page/page.ts';
import { mayPress, type ButtonName } from './buttons.ts';

/** What all pages have around them. */
export interface Frame {
  readonly csrf: string;
  /** Undefined while nobody could be asked. */
  readonly person?: string | undefined;
  readonly may: readonly string[];
  /** ISO 8601, by the responder's clock. */
  readonly now?: string | undefined;
  /** Whom the person may be, in a sandbox. */
  readonly choices: readonly string[];
  readonly links: readonly Link[];
  /** What came of a button. */
  readonly note?: string | undefined;
}

export interface Link {
  readonly to: string;
  readonly text: string;
}

export const LINKS: readonly Link[] = [
  { to: '/', text: 'Now' },
  { to: '/playbooks', text: 'Playbooks' },
  { to: '/close', text: 'Close' },
  { to: '/search', text: 'Search' },
  { to: '/reports', text: 'Reports' },
  { to: '/audit', text: 'Audit' },
];

export const deskPage = (frame: Frame, title: string, body: Markup): string =>
  printPage({
    title: `${title} · Commercial-Ops`,
    kind: 'desk',
    script: '/desk.js',
    body: html`<header class="bar">
        <nav aria-label="Pages">
          <ul>
            ${frame.links.map(({ to, text }) => html`<li><a href="${to}">${text}</a></li>`)}
          </ul>
        </nav>
        <p class="who">
          ${frame.now !== undefined && html`<time datetime="${frame.now}">${moment(frame.now)}</time>`}
          ${frame.person !== undefined && frame.choices.length === 0 && html`<strong>${frame.person}</strong>`}
        </p>
        ${frame.choices.length > 0 && choosePerson(frame)}
      </header>
      <main>
        ${frame.note !== undefined && html`<p class="said" role="status">${frame.note}</p>`} ${body}
      </main>`,
  });

const choosePerson = ({ csrf, choices, person }: Frame): Markup =>
  html`<form class="person" method="post" action="/as">
    <input type="hidden" name="csrf" value="${csrf}" />
    <select name="person" aria-label="You are">
      ${choices.map((one) =>
        one === person ? html`<option selected>${one}</option>` : html`<option>${one}</option>`,
      )}
    </select>
    <button class="quiet">Switch</button>
  </form>`;

export interface Pressed {
  readonly name: ButtonName;
  readonly id: string;
  readonly text: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** A second choice beside the first. */
  readonly quiet?: boolean;
}

/** A button that gives its command at once. */
export const button = (frame: Frame, { name, id, text, fields = {}, quiet = false }: Pressed): Markup =>
  mayPress(name, frame.may)
    ? html`<form method="post" action="/do/${name}/${pathPart(id)}">
        ${hidden({ csrf: frame.csrf, ...fields })}
        <button${quiet && attribute('quiet')}>${text}</button>
      </form>`
    : html`<p class="note">${text}: ${frame.person ?? 'you'} may not order this.</p>`;

/** A button that wants a reason first: folded until somebody opens it. */
export const buttonWithReason = (
  frame: Frame,
  { name, id, text, fields = {} }: Pressed,
  { asks, does, more }: { asks: string; does: string; more?: Markup },
): Markup =>
  mayPress(name, frame.may)
    ? html`<details class="ask">
        <summary>${text}</summary>
        <form method="post" action="/do/${name}/${pathPart(id)}">
          ${hidden({ csrf: frame.csrf, ...fields })} ${more ?? ''}
          <label>${asks} <input name="reason" required maxlength="1000" autocomplete="off" /></label>
          <button>${does}</button>
        </form>
      </details>`
    : html`<p class="note">${text}: ${frame.person ?? 'you'} may not order this.</p>`;

const attribute = (kind: 'quiet'): Markup => html` class="${kind}"`;

export const hidden = (fields: Readonly<Record<string, string>>): Markup[] =>
  Object.entries(fields).map(
    ([field, value]) => html`<input type="hidden" name="${field}" value="${value}" />`,
  );
