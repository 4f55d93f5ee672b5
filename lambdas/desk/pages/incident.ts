import { pathPart } from '../../platform/page/path-part.ts';
import { between, moment, readable, shortIncident } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import type { EscalationMessage } from '../../domain/escalation-message.ts';
import { shortened } from '../../domain/shortened.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { button, buttonWithReason, deskPage, type Frame } from '../frame.ts';
import { incidentPath, outcomeBadge, runPath, severity, shownValue, whoHasIt } from '../parts.ts';
import { runList } from './now.ts';
import { checked, guards } from './run.ts';

/** One incident: what is wrong, who has it, the next step, and why the machine did or did not act. */
export function incidentPage(frame: Frame, shown: Shown<'incident'>): string {
  const { incident: one, runs, last } = shown;
  const now = frame.now ?? '';
  const causes = [...new Set(runs.flatMap(({ waitsFor }) => waitsFor ?? []))];
  const body = html`<p class="soft">${shortIncident(one.number)}</p>
    <h1>${severity(one.severity)} ${one.what}</h1>
    <p class="soft">
      ${aboutWords(one.playbook, one.target)} ·
      ${one.closed ? `open for ${between(one.openedAt, one.closed.at)}` : `open for ${between(one.openedAt, now)}`}${one.episode > 1 && ` · it came back (${one.episode} times open)`}
      ${one.jira && html` · <a href="${webAddress(one.jira.url)}" rel="noreferrer">${one.jira.key}</a>`}
    </p>
    <p>${whoHasIt(one, now)}</p>
    ${one.step !== null && html`<p class="card first"><strong>Next step</strong><br />${one.step}</p>`}
    ${
      !one.closed &&
      html`<div class="actions">
          ${!one.taken && button(frame, { name: 'ack', id: one.incident, text: 'I’ve got it' })}
          ${buttonWithReason(frame, { name: 'resolve', id: one.incident, text: 'It is over' }, { asks: 'What repaired it?', does: 'Resolve' })}
        </div>
        <p class="note">Taking it stops calls to others. Neither button repairs anything.</p>`
    }
    ${causes.map((cause) => html`<p class="card">It follows from <a href="${incidentPath(cause)}">${cause}</a>, and waits for its repair.</p>`)}
    ${
      last &&
      html`<section class="card">
          <h2>What the machine did</h2>
          <p>${outcomeBadge(last.outcome)} ${readable(last.why ?? '')}</p>
          <p><a href="${runPath(last.run)}">All of this run</a></p>
        </section>
        ${checked(last)} ${guards(last)}`
    }
    ${people(shown, now)} ${runs.length > 0 && runList('Runs', runs, now)} ${timeline(shown)}`;
  return deskPage(frame, `${one.severity} ${one.what}`, body);
}

const MESSAGES: Readonly<Record<EscalationMessage['kind'], string>> = {
  call: 'called',
  joined: 'more alarms joined',
  acknowledged: 'somebody has it',
  'stand-down': 'it is over',
  reminder: 'postmortem to sign',
  'postmortem-late': 'postmortem is late',
  jira: 'issue',
  'jira-comment': 'comment',
  draft: 'postmortem drafted',
  'pager-trigger': 'alert in the pager',
  'pager-acknowledge': 'alert acknowledged',
  'pager-resolve': 'alert resolved',
};

const messageWords = (message: Shown<'incident'>['messages'][number]['message']): string =>
  message.kind === 'call'
    ? `${message.severity} level ${message.level}`
    : (MESSAGES[message.kind] ?? message.kind);

/** What entries of the audit mean. */
const ENTRIES: Readonly<Record<string, string>> = {
  'incident.opened': 'Incident opened',
  'incident.reopened': 'It came back',
  'incident.joined': 'Another run joined',
  'incident.raised': 'Severity raised',
  'incident.resolved': 'Resolved',
  'incident.acknowledged': 'Acknowledged',
  'incident.tracked': 'Issue opened',
  'people.told': 'Notified',
  'run.ended': 'Run ended',
  'responder.acknowledge': 'Order: acknowledge',
  'responder.resolve': 'Order: resolve',
  'responder.approve': 'Order: approve',
  'responder.refuse': 'Order: refuse',
};

/** Who, about what: the parts that say most of an entry. */
const inShort = (body: Readonly<Record<string, unknown>>): string =>
  ['severity', 'recipient', 'outcome', 'by', 'person', 'key', 'why']
    .flatMap((key) => {
      const value = body[key];
      return typeof value === 'string' && value !== '' ? [readable(value)] : [];
    })
    .join(' · ');

/** A tracker's address comes from its own answer. */
const webAddress = (url: string): string => (/^https?:\/\//.test(url) ? url : '#');

const people = ({ messages, incident }: Shown<'incident'>, now: string): Markup =>
  html`<section class="card">
    <h2>People</h2>
    <ul class="rows">
      ${messages.map(
        (one) =>
          html`<li>
            <strong>${one.recipient}</strong> ${messageWords(one.message)}
            <span class="soft"
              >${one.toldAt === null ? `not notified yet, due ${moment(one.dueAt, now)}` : `notified ${moment(one.toldAt, now)}`}${one.confirmed === 0 && ', but it has no subscriber'}</span
            >
          </li>`,
      )}
      ${incident.acknowledged && html`<li><strong>${readable(incident.acknowledged.by)}</strong> acknowledged <span class="soft">${moment(incident.acknowledged.at, now)}</span></li>`}
      ${incident.next && html`<li><strong>${incident.next.to.join(', ')}</strong> next <span class="soft">at ${moment(incident.next.at, now)}</span></li>`}
    </ul>
  </section>`;

/** On the page; its JSON has more. */
const MOST_ENTRIES = 50;
/** A value of an entry may be all of a run's evidence. */
const MOST_LETTERS = 160;

const timeline = ({ timeline, left, incident }: Shown<'incident'>): Markup => {
  const before = left + Math.max(0, timeline.length - MOST_ENTRIES);
  return html`<section class="card">
    <h2>Timeline</h2>
    ${before > 0 && html`<p class="note">The first ${before} entries are left out: <a href="/api/incident/${pathPart(incident.incident)}.json">as JSON</a> there are more.</p>`}
    <ol class="timeline">
      ${timeline.slice(-MOST_ENTRIES).map(
        ({ at, kind, body }) =>
          html`<li>
            <time datetime="${at}">${moment(at)}</time>
            <details>
              <summary><strong>${ENTRIES[kind] ?? kind}</strong> ${inShort(body)}</summary>
              <dl class="pairs">
                ${Object.entries(body).map(
                  ([key, value]) =>
                    html`<dt>${key}</dt>
                      <dd>${shortened(shownValue(value), MOST_LETTERS)}</dd>`,
                )}
              </dl>
            </details>
          </li>`,
      )}
    </ol>
  </section>`;
};
