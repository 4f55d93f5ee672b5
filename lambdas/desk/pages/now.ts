import { between, moment, plural, readable, shortIncident } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { EVERYTHING } from '../buttons.ts';
import { button, buttonWithReason, deskPage, type Frame } from '../frame.ts';
import { approvalPath, incidentPath, outcomeBadge, runPath, severity, whoHasIt } from '../parts.ts';

import { planInShort } from './approval.ts';

type Now = Shown<'now'>;

/** What is open, who has it, and the one next step. */
export function nowPage(frame: Frame, shown: Now): string {
  const { incidents, requests, atWork, paused, breakers, orders } = shown;
  const now = frame.now ?? '';
  const all = paused.find(({ scope }) => scope === EVERYTHING);
  const untaken = incidents.filter(({ taken }) => !taken).length;
  const title = untaken > 0 ? `${untaken} ${untaken === 1 ? 'needs' : 'need'} you` : 'Nothing needs you';
  const body = html`<h1>${title}</h1>
    <p class="soft">
      ${[
        plural(incidents.length, 'open incident'),
        plural(requests.length, 'approval'),
        plural(atWork.length, 'run in progress', 'runs in progress'),
        all ? 'automation is OFF' : 'automation is on',
      ].join(' · ')}
    </p>
    ${all && html`<p class="card first">Everything is paused since ${moment(all.since, now)} by ${readable(all.by)}: ${all.reason}</p>`}
    ${incidents.length === 0 && html`<p class="card calm">No incident is open. New ones appear here, and call people as configured.</p>`}
    ${incidents.map((one) => incidentCard(frame, one, now))} ${requests.map((one) => requestCard(one, now))}
    ${orders.map(
      (one) =>
        html`<section class="card">
          <h2>${readable(one.says)}</h2>
          <p>
            ${readable(one.person)} ordered it: ${one.reason}. Another person must confirm it by
            ${moment(one.expiresAt, now)}.
          </p>
          ${one.person === frame.person ? html`<p class="note">You gave the order: another person confirms it.</p>` : button(frame, { name: 'confirm', id: one.id, text: 'Confirm' })}
        </section>`,
    )}
    ${breakers.map((one) => html`<p class="card first">The breaker of <a href="/playbooks#${one.playbook}">${one.playbook}</a> is open since ${moment(one.since, now)}: ${readable(one.why ?? '')}</p>`)}
    ${paused.filter(({ scope }) => scope !== EVERYTHING).map((one) => html`<p class="card first"><a href="/playbooks#${one.scope}">${one.scope}</a> is paused since ${moment(one.since, now)} by ${readable(one.by)}: ${one.reason}</p>`)}
    ${atWork.length > 0 && runList('In progress', atWork, now)}
    ${shown.ended.length > 0 && runList('Just ended', shown.ended, now)}
    ${!all && buttonWithReason(frame, { name: 'pause', id: EVERYTHING, text: 'Pause all automation' }, { asks: 'Why?', does: 'Pause everything' })}`;
  return deskPage(frame, title, body);
}

const incidentCard = (frame: Frame, one: Now['incidents'][number], now: string): Markup =>
  html`<section class="card incident">
    <h2>${severity(one.severity)} <a href="${incidentPath(shortIncident(one.number))}">${one.what}</a></h2>
    <p class="soft">
      ${shortIncident(one.number)} · ${aboutWords(one.playbook, one.target)} · open for
      ${between(one.openedAt, now)}${one.episode > 1 && ` · it came back (${one.episode} times open)`}
    </p>
    <p>${whoHasIt(one, now)}</p>
    <p class="step"><strong>Next step</strong> ${one.step ?? ''}</p>
    ${one.last && html`<p class="soft">Why: ${readable(one.last.why ?? '')}</p>`}
    ${!one.taken && html`<div class="actions">${button(frame, { name: 'ack', id: one.incident, text: 'I’ve got it' })}</div>`}
  </section>`;

const requestCard = (one: Now['requests'][number], now: string): Markup =>
  html`<section class="card">
    <h2>Approve: ${planInShort(one)}</h2>
    <p class="soft">${aboutWords(one.playbook, one.target)}</p>
    <p>
      ${one.approvers.length} of ${plural(one.people, 'person', 'people')} · until
      ${moment(one.expiresAt, now)}, in ${between(now, one.expiresAt)}
    </p>
    <p><a class="button" href="${approvalPath(one.id)}">Review</a></p>
  </section>`;

export const runList = (title: string, runs: Now['ended'], now: string): Markup =>
  html`<section class="card">
    <h2>${title}</h2>
    <ul class="rows">
      ${runs.map(
        (one) =>
          html`<li>
            ${outcomeBadge(one.outcome)}
            <a href="${runPath(one.run)}">${aboutWords(one.playbook, one.target)}</a>
            <span class="soft"
              >${moment(one.endedAt ?? one.openedAt, now)}${one.mode === 'dry-run' && ' · rehearsal'}</span
            >
            ${one.why !== null && html`<br /><span class="soft">${readable(one.why)}</span>`}
          </li>`,
      )}
    </ul>
  </section>`;
