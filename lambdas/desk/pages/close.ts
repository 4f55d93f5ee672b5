import { pathPart } from '../../platform/page/path-part.ts';
import { dollars, shortIncident } from '../../domain/words.ts';
import { html } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { deskPage, type Frame } from '../frame.ts';
import { incidentPath, severity, whoHasIt } from '../parts.ts';

const KINDS = { reconciliation: 'Reconciliation failed', invoice: 'Unpaid, or paid in part' } as const;
const SAYS_MISSING =
  'The desk may not read these tables: as the ledger’s administrator, run what npm run grants prints.';

/** The month's close as a chain, what blocks it, and the money that waits for it. */
export function closePage(frame: Frame, shown: Shown<'close'>): string {
  const { title, steps, incidents, blocker, blocked, before, after } = shown;
  const body = html`<h1>${title}</h1>
    <p class="soft">
      <a href="/close/${before}">${before}</a
      >${after !== null && html` · <a href="/close/${after}">${after}</a>`}
    </p>
    ${!shown.known && html`<p class="card first">${SAYS_MISSING}</p>`}
    ${
      blocker &&
      html`<section class="card first">
        <h2>
          ${severity(blocker.severity)}
          <a href="${incidentPath(shortIncident(blocker.number))}">${blocker.what}</a>
        </h2>
        <p>${whoHasIt(blocker, frame.now ?? '')}</p>
        <p class="step"><strong>Next step</strong> ${blocker.step ?? ''}</p>
      </section>`
    }
    ${
      steps.length > 0 &&
      html`<section class="card">
        <h2>Steps</h2>
        <ol class="rows">
          ${steps.map(({ name, done, says }, i) => {
            const incident = incidents[i];
            return html`<li>
              <span class="badge ${done ? 'good' : 'open'}">${done ? 'done' : 'to do'}</span> ${name}
              ${says !== '' && html`<span class="soft">${incident ? html`<a href="${incidentPath(incident)}">${says}</a>` : says}</span>`}
            </li>`;
          })}
        </ol>
      </section>`
    }
    <section class="card">
      <h2>Money that waits${blocked && `: ${dollars(blocked.usd)}`}</h2>
      ${blocked === null ? html`<p class="none">${SAYS_MISSING}</p>` : blocked.count === 0 && html`<p class="none">None, in any month.</p>`}
      <ul class="rows">
        ${blocked?.items.map(
          ({ kind, what, usd }) =>
            html`<li>
              <strong>${dollars(usd)}</strong> <a href="/search?q=${pathPart(what)}">${what}</a>
              <span class="soft">${KINDS[kind]}</span>
            </li>`,
        )}
      </ul>
      ${blocked && blocked.items.length < blocked.count && html`<p class="note">The largest ${blocked.items.length} of ${blocked.count}.</p>`}
    </section>`;
  return deskPage(frame, title, body);
}
