import { pathPart } from '../platform/page/path-part.ts';
import { between, moment, readable } from '../domain/words.ts';
import { html, type Markup } from '../platform/page/html.ts';
import type { Shown } from '../commands/each/view.ts';

type Card = Shown<'now'>['incidents'][number];

/** `/i/INC-41`, or with the long id where the number is unknown. */
export const incidentPath = (id: string): string => `/i/${pathPart(id)}`;
export const runPath = (id: string): string => `/r/${pathPart(id)}`;
export const approvalPath = (id: string): string => `/p/${pathPart(id)}`;

export const severity = (of: string): Markup => html`<span class="badge ${of.toLowerCase()}">${of}</span>`;

/** Of an outcome: what is left to people is not green. */
const GOOD: readonly string[] = ['resolved', 'self-healed'];

export const outcomeBadge = (outcome: string | null): Markup =>
  html`<span class="badge ${outcome === null ? 'busy' : GOOD.includes(outcome) ? 'good' : 'open'}"
    >${outcome ?? 'in progress'}</span
  >`;

/** Who has it, or until when somebody must. */
export function whoHasIt({ closed, taken, deadline, next, acknowledged }: Card, now: string): string {
  if (closed) return `Resolved ${moment(closed.at, now)} by ${readable(closed.by)}.`;
  if (taken) return `${readable(taken.by)} has it since ${moment(taken.at, now)}.`;
  const lost = acknowledged ? ` ${readable(acknowledged.by)} had it before its severity was raised.` : '';
  const called =
    next && `${next.to.join(' and ')} ${next.to.length > 1 ? 'are' : 'is'} called ${moment(next.at, now)}`;
  if (!deadline) return `Nobody has it.${lost}`;
  return deadline.passed
    ? `Nobody has it, and everybody was called: the last deadline was ${moment(deadline.by, now)}.${lost}`
    : `Nobody has it. Acknowledge within ${between(now, deadline.by)}${called ? `, or ${called}` : `, by ${moment(deadline.by, now)}`}.${lost}`;
}

/** A value of JSON for people. */
export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? readable(value) : JSON.stringify(value);

/** Rows as they were answered: objects as a table, anything else a line each. */
export function rowsTable(rows: readonly unknown[]): Markup {
  const objects = rows.filter(
    (row): row is Readonly<Record<string, unknown>> => typeof row === 'object' && row !== null,
  );
  if (objects.length < rows.length || rows.length === 0)
    return html`<pre>${rows.map((row) => JSON.stringify(row)).join('\n') || 'no row'}</pre>`;
  const columns = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  return html`<table>
    <thead>
      <tr>
        ${columns.map((column) => html`<th scope="col">${column}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${objects.map(
        (row) =>
          html`<tr>
            ${columns.map((column) => html`<td data-label="${column}">${shownValue(row[column] ?? null)}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table>`;
}
