import { between, dollars, moment, plural, readable } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { tellEffect } from '../../engine/plans.ts';
import { html } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { button, buttonWithReason, deskPage, type Frame } from '../frame.ts';
import { incidentPath, runPath } from '../parts.ts';

const CLOSED: Readonly<Record<string, string>> = {
  approved: 'It is approved. The evidence is checked again, then the plan is carried out.',
  refused: 'It was refused: nothing is done.',
  expired: 'It has expired: not enough people approved in time. Nothing is done.',
  void: 'It is void: what it was about has changed since it was shown. Nothing is done by it.',
};

/** `4 actions, 1,241.89 USD`: the page has each of them. */
export function planInShort({
  shown: { plan, actions = [], effect },
}: Pick<Shown<'approval'>, 'shown'>): string {
  const money = effect && Number(effect.usd) > 0 ? `, ${dollars(effect.usd)}` : '';
  return `${actions.length > 1 ? plural(actions.length, 'action') : plan}${money}`;
}

/** One plan, what it may change at most, and who has approved it. */
export function approvalPage(frame: Frame, one: Shown<'approval'>): string {
  const now = frame.now ?? '';
  const { limits, effect, evidence } = one.shown;
  const undos = [...new Set(one.plan.map(({ undo }) => undo))];
  const title = `Approve: ${planInShort(one)}`;
  const body = html`<p class="soft">
      <a href="${incidentPath(one.incident)}">Its incident</a> ·
      <a href="${runPath(one.run)}">${aboutWords(one.playbook, one.target)}</a>
    </p>
    <h1>${title}</h1>
    <div
      class="${one.open ? 'card' : 'card first'}"
      id="state"
      data-approval="${one.id}"
      data-state="${one.open ? 'open' : one.state}"
    >
      <p>
        <strong>${one.approvers.length} of ${plural(one.people, 'person', 'people')}</strong>
        ${one.approvers.length === 1 ? 'has' : 'have'}
        approved${one.approvers.length > 0 && `: ${one.approvers.map(({ person }) => person).join(', ')}`}.
        ${one.open ? `Decide within ${between(now, one.expiresAt)}, by ${moment(one.expiresAt, now)}.` : one.state === 'open' ? 'It can no longer be approved: its run has ended, or time is up.' : (CLOSED[one.state] ?? '')}
      </p>
      ${one.why !== null && html`<p>${readable(one.why)}</p>`}
    </div>
    <section class="card">
      <h2>What it does</h2>
      ${one.plan.length === 0 && html`<p>${one.shown.plan}</p>`}
      <ol>
        ${one.plan.map((line) => html`<li>${line.says}${undos.length > 1 && html`<br /><span class="soft">It ${line.undo}</span>`}</li>`)}
      </ol>
      ${undos.length === 1 && html`<p class="soft">${one.plan.length > 1 ? 'Each' : 'It'} ${undos[0]}</p>`}
      <dl class="pairs">
        <dt>Would change</dt>
        <dd>${effect ? tellEffect(effect) : 'unknown'}</dd>
        <dt>Limits</dt>
        <dd>
          ${plural(limits.rows, 'row')}, ${dollars(String(limits.usd))}, ${plural(limits.tenants, 'tenant')}
        </dd>
        <dt>Why this plan</dt>
        <dd>${readable(one.shown.decision)}</dd>
        <dt>Why approval</dt>
        <dd>${readable(one.shown.why)}</dd>
        <dt>If nobody answers</dt>
        <dd>Nothing is done, and people are called to take over.</dd>
        <dt>Requested</dt>
        <dd>${moment(one.requestedAt, now)}${one.requester !== null && ` by ${one.requester}`}</dd>
        <dt>Plan</dt>
        <dd><code>${one.planSha256.slice(0, 12)}</code></dd>
      </dl>
    </section>
    <section class="card">
      <h2>What it rests on</h2>
      <ul class="rows">
        ${evidence.map((answer) => html`<li>${answer.question}<br /><strong>${readable(answer.tell)}</strong></li>`)}
      </ul>
    </section>
    ${
      one.open &&
      html`<div class="actions" id="decide">
        ${one.mine !== null ? html`<p class="note">${one.mine}</p>` : button(frame, { name: 'approve', id: one.id, text: 'Approve this plan', fields: { plan: one.planSha256 } })}
        ${buttonWithReason(frame, { name: 'refuse', id: one.id, text: 'Refuse' }, { asks: 'Why not?', does: 'Refuse this plan' })}
      </div>`
    }`;
  return deskPage(frame, title, body);
}
