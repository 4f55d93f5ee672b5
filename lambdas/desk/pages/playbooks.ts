import { moment, plural, readable } from '../../domain/words.ts';
import { TRUST_LEVELS } from '../../domain/limits.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { EVERYTHING } from '../buttons.ts';
import { buttonWithReason, deskPage, type Frame } from '../frame.ts';

type Playbooks = Shown<'playbooks'>;

/** The input of the command, and so the form's field. */
const LEVEL = 'rung';

const TRUST: Readonly<Record<string, string>> = {
  shadow: 'shadow: it only says what it would do',
  approve: 'approve: it acts when people approve',
  auto: 'auto: it acts by itself',
};

/** How far each playbook may go, and its switches. */
export function playbooksPage(frame: Frame, { everything, playbooks }: Playbooks): string {
  const now = frame.now ?? '';
  const body = html`<h1>Playbooks</h1>
    ${
      everything
        ? html`<div class="card first">
            <p>
              <strong>Everything is paused</strong> since ${moment(everything.since, now)} by
              ${readable(everything.by)}: ${everything.reason}
            </p>
            ${buttonWithReason(frame, { name: 'resume', id: EVERYTHING, text: 'Resume everything' }, { asks: 'Why?', does: 'Resume everything' })}
          </div>`
        : html`<div class="actions">
            ${buttonWithReason(frame, { name: 'pause', id: EVERYTHING, text: 'Pause all automation' }, { asks: 'Why?', does: 'Pause everything' })}
          </div>`
    }
    ${playbooks.map((one) => card(frame, one, now))}`;
  return deskPage(frame, 'Playbooks', body);
}

const card = (frame: Frame, one: Playbooks['playbooks'][number], now: string): Markup =>
  html`<section class="card" id="${one.id}">
    <h2>
      ${one.id} ${one.paused && html`<span class="badge open">paused</span>`}
      ${one.breaker && html`<span class="badge open">breaker open</span>`}
    </h2>
    <p class="soft">${one.what}${one.money && ' Its plans move money: two people approve them.'}</p>
    <p>
      Trust
      <strong>${TRUST[one.trust] ?? one.trust}</strong
      >${one.trustBy !== null && `, set by ${readable(one.trustBy)}`}.
      ${one.waits && 'An order waits until people are notified.'}
      ${one.shadows > 0 && `In ${one.same} of ${plural(one.shadows, 'rehearsal')} people did the same.`}
    </p>
    ${one.paused && html`<p>Paused since ${moment(one.paused.since, now)} by ${readable(one.paused.by)}: ${one.paused.reason}</p>`}
    ${one.breaker && html`<p>The breaker opened ${moment(one.breaker.since, now)}: ${readable(one.breaker.why ?? '')}</p>`}
    <div class="actions">
      ${
        one.paused
          ? buttonWithReason(
              frame,
              { name: 'resume', id: one.id, text: 'Resume' },
              { asks: 'Why?', does: `Resume ${one.id}` },
            )
          : buttonWithReason(
              frame,
              { name: 'pause', id: one.id, text: 'Pause' },
              { asks: 'Why?', does: `Pause ${one.id}` },
            )
      }
      ${one.breaker && buttonWithReason(frame, { name: 'reset', id: one.id, text: 'Close the breaker' }, { asks: 'What was wrong?', does: 'Close the breaker' })}
      ${buttonWithReason(
        frame,
        { name: 'trust', id: one.id, text: 'Set trust' },
        {
          asks: 'Why?',
          does: 'Set trust',
          more: html`<label
            >Trust
            <select name="${LEVEL}">
              ${TRUST_LEVELS.map((level) => (level === one.trust ? html`<option value="${level}" selected>${TRUST[level] ?? level}</option>` : html`<option value="${level}">${TRUST[level] ?? level}</option>`))}
            </select></label
          >`,
        },
      )}
    </div>
  </section>`;
