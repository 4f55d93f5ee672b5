import { moment, readable } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { html } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { deskPage, type Frame } from '../frame.ts';
import { approvalPath, incidentPath, runPath } from '../parts.ts';

const PATHS = { incident: incidentPath, run: runPath, approval: approvalPath };

/** One box for ids, tenants, periods, people, guards and words. */
export function searchPage(frame: Frame, { words, within, found }: Shown<'search'>): string {
  const body = html`<h1>Search</h1>
    <form method="get" action="/search" role="search" class="search">
      <label
        >Tenant, invoice, period, run, incident, person or guard
        <input name="q" value="${words}" maxlength="200" autocomplete="off"
      /></label>
      <button>Search</button>
    </form>
    ${words !== '' && found.length === 0 && html`<p class="card">Nothing on record has “${words}”. Give at least two characters. Words are sought in the newest ${within} runs and incidents; a whole id finds older ones, too.</p>`}
    ${
      found.length > 0 &&
      html`<section class="card">
        <ul class="rows">
          ${found.map(
            (one) =>
              html`<li>
                <span class="badge busy">${one.kind}</span>
                <a href="${PATHS[one.kind](one.id)}">${aboutWords(one.playbook, one.target)}</a>
                <span class="soft">${moment(one.at, frame.now)}</span><br />
                <span class="soft">${readable(one.says ?? '')}</span>
              </li>`,
          )}
        </ul>
      </section>`
    }`;
  return deskPage(frame, 'Search', body);
}
