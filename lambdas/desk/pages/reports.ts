import { pathPart } from '../../platform/page/path-part.ts';
import { moment, shortIncident } from '../../domain/words.ts';
import { html } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { deskPage, type Frame } from '../frame.ts';
import { shownValue } from '../parts.ts';

export function reportsPage(frame: Frame, { reports, postmortems }: Shown<'reports'>): string {
  const body = html`<h1>Reports</h1>
    <section class="card">
      <h2>Daily reports</h2>
      ${reports.length === 0 && html`<p class="none">There is none yet: the first is written at 07:00 UTC.</p>`}
      <ul class="rows">
        ${reports.map((date) => html`<li><a href="/reports/${date}">${date}</a></li>`)}
      </ul>
    </section>
    <section class="card">
      <h2>Postmortems</h2>
      ${postmortems.length === 0 && html`<p class="none">There is none: incidents of SEV-1 and SEV-2 get one once they are resolved.</p>`}
      <ul class="rows">
        ${postmortems.map(
          (one) =>
            html`<li>
              <a href="/postmortems/${pathPart(one.incident)}"
                >${shortIncident(one.number)}, episode ${one.episode}</a
              >
              <span class="soft"
                >${one.signedAt === null ? `drafted ${moment(one.draftedAt)}, not signed yet` : `signed ${moment(one.signedAt)} by ${one.signedBy ?? ''}`}</span
              >
            </li>`,
        )}
      </ul>
    </section>`;
  return deskPage(frame, 'Reports', body);
}

/** A postmortem that a person has signed, as it was signed. */
export const signedPage = (frame: Frame, one: Shown<'postmortem'> & { readonly text: string }): string =>
  deskPage(
    frame,
    'Postmortem',
    html`<h1>Postmortem</h1>
      <p class="soft">Signed ${moment(one.signedAt ?? '')} by ${one.signedBy ?? ''}</p>
      <pre>${one.text}</pre>`,
  );

export const auditPage = (frame: Frame, { orders }: Shown<'audit'>): string =>
  deskPage(
    frame,
    'Audit',
    html`<h1>Audit</h1>
      <p class="soft">
        The newest orders of people about playbooks and switches. Orders about an incident are in its
        timeline. Everything is chained by hashes and anchored outside the ledger:
        <code>npm run audit</code> verifies it.
      </p>
      <section class="card">
        ${orders.length === 0 && html`<p class="none">Nobody has ordered anything yet.</p>`}
        <ol class="timeline">
          ${orders.map(
            ({ at, kind, seq, hash, body }) =>
              html`<li>
                <time datetime="${at}">${moment(at)}</time>
                <span
                  ><strong>${shownValue(body['person'] ?? '')}</strong>
                  ${kind.replace(/^responder\./, '')}${typeof body['why'] === 'string' && `: ${body['why']}`}
                  <br /><span class="note">entry ${seq}, hash <code>${hash.slice(0, 12)}</code></span></span
                >
              </li>`,
          )}
        </ol>
      </section>`,
  );
