import { clock, exactMoment, moment, plural, readable } from '../../domain/words.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { stepOf } from '../../domain/step-name.ts';
import { tellEffect } from '../../engine/plans.ts';
import { html, type Markup } from '../../platform/page/html.ts';
import type { Shown } from '../../commands/each/view.ts';
import { buttonWithReason, deskPage, type Frame } from '../frame.ts';
import { approvalPath, incidentPath, outcomeBadge, rowsTable, runPath } from '../parts.ts';

type Run = Shown<'run'>;

const SLOTS: Readonly<Record<string, string>> = {
  'before-diagnosing': 'before anything was checked',
  'before-asking': 'before people were asked',
  'before-acting': 'right before acting',
};

/** Of one query, on a page that may have many. */
const MOST_ROWS = 20;

/** Why a run acted, or did not. */
export function runPage(frame: Frame, run: Run): string {
  const title = aboutWords(run.playbook, run.target);
  const acted = run.steps.some(({ name }) => stepOf(name, 'act'));
  const stopped = run.guards.filter(({ answer }) => answer === 'refuse');
  const body = html`<p class="soft"><a href="${incidentPath(run.incident)}">Its incident</a></p>
    <h1>${title}</h1>
    <p>
      ${outcomeBadge(run.outcome)} ${run.mode === 'dry-run' && 'A rehearsal: it may not act.'}
      ${acted ? 'It acted.' : run.outcome === null ? 'It has not acted so far.' : 'It did not act.'}
    </p>
    <section class="card">
      <h2>${acted || run.outcome === null ? 'Why' : 'Why it did not act'}</h2>
      <p>${readable(run.why ?? 'It has not ended yet.')}</p>
      ${run.decision && run.decision.why !== run.why && html`<p class="soft">Decided: ${readable(run.decision.why)}</p>`}
      ${run.row && html`<p class="soft">The runbook’s row: ${run.row.when} → ${run.row.then}</p>`}
      ${stopped.map((one) => html`<p><strong>${one.guard}</strong> refused ${SLOTS[one.slot] ?? one.slot}: ${readable(one.figures)}</p>`)}
      <dl class="pairs">
        <dt>Started by</dt>
        <dd>${readable(run.cause)}</dd>
        <dt>When</dt>
        <dd>${exactMoment(run.openedAt)}${run.endedAt !== null && ` to ${clock(run.endedAt)}`}</dd>
        ${
          run.plan.length > 0 &&
          html`<dt>Plan</dt>
            <dd>
              <ol>
                ${run.plan.map((line) => html`<li>${line}</li>`)}
              </ol>
            </dd>`
        }
        ${
          run.effect &&
          html`<dt>Impact</dt>
            <dd>${tellEffect(run.effect)}</dd>`
        }
        ${
          run.approval &&
          html`<dt>Approval</dt>
            <dd>
              <a href="${approvalPath(run.approval.id)}"
                >${run.approval.state}:
                ${run.approval.approvers.map(({ person }) => person).join(', ') || 'nobody has approved'}</a
              >
            </dd>`
        }
        ${
          run.joinedRun !== null &&
          html`<dt>Gave way to</dt>
            <dd><a href="${runPath(run.joinedRun)}">${run.joinedRun}</a></dd>`
        }
      </dl>
      ${run.outcome === 'ineffective' && buttonWithReason(frame, { name: 'undo', id: run.run, text: 'Roll it back' }, { asks: 'Why?', does: 'Roll it back' })}
    </section>
    ${checked(run)} ${guards(run)} ${steps(run)}`;
  return deskPage(frame, title, body);
}

const byQuestion = ({ answers }: Pick<Run, 'answers'>) => [
  ...Map.groupBy(answers, ({ question, probe }) => question ?? probe),
];

/** What was checked: each question leads to its queries and rows, which may be many. */
export const checked = (run: Pick<Run, 'run' | 'answers'>): Markup =>
  html`<section class="card">
    <h2>What was checked</h2>
    ${run.answers.length === 0 && html`<p class="none">Nothing was checked.</p>`}
    <ul class="rows">
      ${byQuestion(run).map(
        ([question, own], i) =>
          html`<li>
            <a href="${runPath(run.run)}/checks/${i + 1}">${question}</a>
            <span class="soft"
              >${plural(own.length, 'query', 'queries')},
              ${plural(
                own.reduce((rows, { rowCount }) => rows + rowCount, 0),
                'row',
              )}</span
            >
          </li>`,
      )}
    </ul>
  </section>`;

/** One question's queries with their rows. @param at counted from 1 */
export function checkPage(frame: Frame, run: Run, at: string): string | undefined {
  const found = /^[1-9]\d{0,3}$/.test(at) ? byQuestion(run)[Number(at) - 1] : undefined;
  if (!found) return undefined;
  const [question, own] = found;
  const body = html`<p class="soft">
      <a href="${runPath(run.run)}">${aboutWords(run.playbook, run.target)}</a>
    </p>
    <h1>${question}</h1>
    ${own.map((one) => html`<section class="card">${answer(one)}</section>`)}`;
  return deskPage(frame, question, body);
}

const answer = (one: Run['answers'][number]): Markup =>
  html`<p class="soft">${one.source}, ${moment(one.takenAt)}: ${plural(one.rowCount, 'row')}</p>
    <pre>${one.query}</pre>
    ${Object.keys(one.parameters ?? {}).length > 0 && html`<p class="note">With <code>${JSON.stringify(one.parameters)}</code></p>`}
    ${rowsTable(one.rows.slice(0, MOST_ROWS))}
    ${Math.min(one.rows.length, MOST_ROWS) < one.rowCount && html`<p class="note">The first ${Math.min(one.rows.length, MOST_ROWS)}; the record bucket has all.</p>`}
    <p class="note">SHA-256 <code>${one.sha256}</code></p>`;

/** Every guard's answer: refusals at once, the others folded. */
export function guards({ guards: all }: Pick<Run, 'guards'>): Markup {
  const refused = all.filter(({ answer }) => answer === 'refuse');
  const allowed = all.filter(({ answer }) => answer !== 'refuse');
  return html`<section class="card">
    <h2>What every guard said</h2>
    ${all.length === 0 && html`<p class="none">No guard was asked.</p>`}
    ${refused.length > 0 && guardTable(refused)}
    ${
      allowed.length > 0 &&
      html`<details>
        <summary>${plural(allowed.length, 'guard')} allowed it</summary>
        ${guardTable(allowed)}
      </details>`
    }
  </section>`;
}

const guardTable = (list: Run['guards']): Markup =>
  html`<table>
    <thead>
      <tr>
        <th scope="col">Guard</th>
        <th scope="col">Answer</th>
        <th scope="col">Figures</th>
        <th scope="col">When</th>
      </tr>
    </thead>
    <tbody>
      ${list.map(
        (one) =>
          html`<tr>
            <th scope="row">${one.guard}</th>
            <td data-label="Answer">
              ${one.answer === 'refuse' ? html`<strong class="bad">refused</strong>` : 'allowed'}
            </td>
            <td data-label="Figures">${readable(one.figures)}</td>
            <td data-label="When">${SLOTS[one.slot] ?? one.slot}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;

export const steps = ({ steps }: Pick<Run, 'steps'>): Markup =>
  html`<section class="card">
    <h2>What it did</h2>
    <ol class="timeline">
      ${steps
        .filter(({ name }) => !stepOf(name, 'guard'))
        .map(
          ({ at, tell }) =>
            html`<li><time datetime="${at}">${clock(at)} UTC</time><span>${readable(tell)}</span></li>`,
        )}
    </ol>
  </section>`;
