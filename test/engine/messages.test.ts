import type { RunRequest, Cause } from '../../lambdas/domain/run-request.ts';
import { actingMessage, noticeOf } from '../../lambdas/engine/messages.ts';
import { RunNotes } from '../../lambdas/engine/run-context.ts';
import type { Granted, RunResult, RunState } from '../../lambdas/engine/run-state.ts';
import type { Asking } from '../../lambdas/notifications/call-to-action.ts';
import { subjectOf } from '../../lambdas/notifications/notify.ts';
import { reconFailed } from '../../lambdas/catalog/playbooks/recon-failed.ts';
import { curFreshness } from '../../lambdas/catalog/playbooks/cur-freshness.ts';
import { act, escalate, leave } from '../support/decisions.ts';
import { alarmCause } from '../support/facts.ts';
import { exampleSettings } from '../support/settings.ts';

const at = '2026-11-23T14:06:00.000Z';
const run = 'cur-freshness-20261123T140600-21722724b4ce';
const alarm: Cause = {
  ...alarmCause,
  alarm: {
    ...alarmCause.alarm,
    changedAt: at,
    reason: '1 datapoint [4.3] was greater than the threshold (2.0)',
  },
};
const plan = [{ action: 'start-ingestion', params: { period: '2026-11' } }];
const acting = act('the delivery is complete but not in Athena (4.3 days) and the ledger (4.3 days)', plan);
const settings = exampleSettings();

/** A run, as far as messages tell of it. */
function ran(change: Partial<RunRequest> = {}, ...evidenceSets: string[]) {
  const notes = new RunNotes();
  notes.add({ evidenceSets: evidenceSets.map((key) => ({ key, sha256: 'f'.repeat(64) })) });
  const request = { run, playbook: 'cur-freshness', cause: alarm, mode: 'live' as const, ...change };
  return { request, playbook: curFreshness, severity: 'SEV-3' as const, settings, notes };
}

/** How far it has come. */
const state = <Change extends Partial<RunState>>(change: Change) => ({
  target: { period: '2026-11' },
  openedAt: at,
  onRecord: true,
  incident: `INC-${run}`,
  joined: false,
  findings: {
    at,
    finding: {},
    failed: [],
    evidence: [],
    sealed: [],
    told: [{ probe: 'period-state', question: 'Is the period open, closing or closed?', tell: 'open' }],
  },
  ...change,
});
const GRANTED = { decision: acting, fence: '7' } as const;

const said = (of: RunState, result: RunResult, from = ran()) => {
  const { subject, body } = noticeOf(from, { ...of, end: result }).message();
  const line = (label: string) =>
    body
      .split('\n')
      .find((one) => one.startsWith(label))
      ?.slice(16);
  return { subject: subjectOf(subject), body, line, first: body.split('\n')[0] };
};
const START = 'start Glue job cur_ingest_prod for 2026-11';

describe('what a tired person reads of an ending', () => {
  const table: [
    string,
    RunState,
    RunResult,
    { asked: RegExp; done?: [string, string]; severity?: string },
  ][] = [
    [
      'resolved',
      state(GRANTED),
      {
        outcome: 'resolved',
        why: 'Athena 1.26 days, ledger 1.26 days (limit 2 days); alarm cur-freshness is OK',
      },
      { asked: /^nothing$/, done: ['What was done:', START] },
    ],
    [
      'self-healed',
      state({ decision: leave('both copies are fresh: Athena 1.1 days, ledger 1.1 days, limit 2 days') }),
      { outcome: 'self-healed', why: 'both copies are fresh; alarm cur-freshness is OK' },
      { asked: /^nothing$/ },
    ],
    [
      'refused by a guard',
      state({ decision: acting }),
      { outcome: 'refused', why: 'guard period-open: 2026-11 is closed' },
      { asked: /by hand|check whether/, done: ['Not done:', START] },
    ],
    [
      'refused right before the sending, with the lock in hand',
      state(GRANTED),
      { outcome: 'refused', why: `${START}: NotSentError: what was granted no longer holds` },
      { asked: /by hand|check whether/, done: ['Not done:', START] },
    ],
    [
      'refused because another run is at work',
      state({ decision: acting }),
      {
        outcome: 'refused',
        why: 'guard lock: run x is acting on this target',
        then: { kind: 'join', run: 'x' },
      },
      { asked: /^nothing: run x is working on it$/, done: ['Not done:', START] },
    ],
    [
      'escalated with the plan that a person may approve',
      state({ decision: act('why', plan, { approval: { why: 'over 10,000 lines change' } }) }),
      { outcome: 'escalated', why: 'why; the plan needs approval: over 10,000 lines change' },
      { asked: /by hand|check whether/, done: ['Not done:', START] },
    ],
    [
      'escalated, more severe than the alarm',
      state({ decision: escalate('AWS has delivered nothing for 2026-11', 'SEV-2') }),
      { outcome: 'escalated', why: 'AWS has delivered nothing for 2026-11' },
      { asked: /by hand/, severity: 'SEV-2' },
    ],
    [
      'escalated, never less severe than the alarm',
      state({ decision: escalate('closed', 'SEV-4') }),
      { outcome: 'escalated', why: 'closed' },
      { asked: /by hand/, severity: 'SEV-3' },
    ],
    [
      'ineffective',
      state(GRANTED),
      {
        outcome: 'ineffective',
        why: 'the plan was carried out, but it did not help: Athena 4.3 days (limit 2 days)',
      },
      { asked: /by hand|check whether/, done: ['What was done:', START] },
    ],
    [
      'inconclusive',
      state(GRANTED),
      { outcome: 'inconclusive', why: 'Athena 1.26 days, but alarm cur-freshness is ALARM after 7 min' },
      { asked: /by hand|check whether/, done: ['What was done:', START] },
    ],
    [
      'failed',
      state(GRANTED),
      { outcome: 'failed', why: `${START}: jr_1 FAILED: exit code 10` },
      { asked: /by hand|check whether/, done: ['What was tried:', START] },
    ],
  ];

  test.each(table)('%s', (_name, of, ending, { asked, done, severity = 'SEV-3' }) => {
    const { subject, body, line, first } = said(of, ending);
    expect(first).toMatch(new RegExp(`^${severity} [A-Z -]+: cur-freshness, period 2026-11$`));
    const isOver = ['resolved', 'self-healed'].includes(ending.outcome);
    expect(line(isOver ? 'What was wrong:' : "What's wrong:")).toBe(
      isOver
        ? 'Costs were old'
        : 'Costs are old. The newest usage in fact_cost_raw is older than 2 days: costs are shown without the latest usage.',
    );
    expect(line('Alarm:')).toBe(
      'cur-freshness since 23 Nov 2026 14:06 UTC: “1 datapoint [4.3] was greater than the threshold (2.0)”',
    );
    expect(body).toContain(ending.why);
    expect(line('Your next step:')).toMatch(asked);
    const told = ['What was done:', 'What was tried:', 'Not done:'].map((label) => [label, line(label)]);
    expect(told.filter(([, text]) => text !== undefined)).toEqual(done ? [done] : []);
    expect(body).toContain('- Is the period open, closing or closed? open');
    expect(body).toContain(`Incident INC-${run}`);
    expect(body).toContain(`npm run respond -- why ${run}`);
    expect(body).toContain('Runbook: docs/runbook.md, 1. CUR Ingestion Issues');
    expect(subject).toMatch(new RegExp(`^${severity} ([A-Z -]+ )?Costs (are|were) old`));
    expect(subject.length).toBeLessThanOrEqual(70);
  });

  test('the reason of the decision is told once', () => {
    const decision = escalate('AWS delivers late', 'SEV-3');
    const { body } = said(state({ decision }), { outcome: 'escalated', why: 'AWS delivers late' });
    expect(body.match(/AWS delivers late/g)).toHaveLength(1);
  });

  test('that the ledger is away, and the record will follow', () => {
    const { body, line } = said(state({ onRecord: false }), {
      outcome: 'refused',
      why: 'guard ledger: ECONNREFUSED',
    });
    expect(body).toContain('The run is recorded as soon as it answers.');
    expect(line('Your next step:')).toMatch(/by hand/);
  });
});

test('before acting: what is wrong, what is done and why, and that nothing is asked yet', () => {
  const { subject, body } = actingMessage(ran(), state(GRANTED) as Granted);
  expect(subjectOf(subject)).toBe('SEV-3 ACTING Costs are old: start Glue job cur_ingest_prod for 2026-11');
  expect(body).toContain(`Why this plan:  ${acting.why}`);
  expect(body).toContain(`Doing now:      ${START}`);
  expect(body).toContain('Your next step: nothing; the outcome follows');
});

test.each<[string, Cause, string]>([
  [
    'the sweep',
    { ...alarm, kind: 'sweep', slot: at },
    'Alarm:          cur-freshness still fires, since 23 Nov 2026 14:06 UTC',
  ],
  ['a person', { kind: 'manual', by: 'kim', reason: 'month end', at }, 'Requested by:   kim: “month end”'],
  [
    'a replay',
    { kind: 'replay', of: 'r1', evidence: 'kept', by: 'kim', reason: 'check', at },
    'Replayed by:    kim, run r1: “check”',
  ],
])('who started it: %s', (_name, cause, words) => {
  expect(said(state({}), { outcome: 'escalated', why: 'x' }, ran({ cause })).body).toContain(words);
});

test('what is asked stands right under the demand, and shorter channels get it in parts', () => {
  const asking: Asking = {
    lines: [
      'Acknowledge by 23 Nov 2026 15:06 UTC: npm run respond -- ack INC-x',
      'Or open: https://x.example/?t=a.b',
    ],
    episode: 2,
    by: '2026-11-23T15:06:00.000Z',
    link: 'https://x.example/?t=a.b',
    command: 'npm run respond -- ack INC-x',
  };
  const of = state({ decision: escalate('AWS delivers late', 'SEV-2') });
  const looked = ran({}, 'before');
  const notice = noticeOf(looked, { ...of, end: { outcome: 'escalated', why: 'late' } });
  const { body, asks, incident } = notice.message(asking);
  expect(body).toContain(
    `by hand: docs/runbook-by-hand.md, 1. CUR Ingestion Issues\n${asking.lines.join('\n')}\n\nChecked at 23 Nov 2026 14:06 UTC:\n- Is the period open`,
  );
  expect(body).toContain(`\nEvidence s3://responder-bucket/evidence/${run}/\n`);
  expect(asks).toEqual({
    what: 'acknowledge',
    by: asking.by,
    episode: 2,
    link: asking.link,
    commands: ['npm run respond -- ack INC-x', `npm run respond -- why ${run}`],
  });
  expect(incident).toEqual({
    id: `INC-${run}`,
    run,
    severity: 'SEV-2',
    about: 'cur-freshness 2026-11',
    title: 'costs are old',
    says: 'row',
    resources: [`s3://responder-bucket/evidence/${run}/`],
  });
  expect(notice.asksForPeople).toBe(true);
  const resolved = noticeOf(looked, { ...of, end: { outcome: 'resolved', why: 'x' } });
  expect(resolved.asksForPeople).toBe(false);
  expect(resolved.message()).not.toHaveProperty('asks');
});

describe('who is told', () => {
  const names = (of: RunState, outcome: RunResult['outcome'], from = ran()) =>
    noticeOf(from, { ...of, end: { outcome, why: '' } }).topics.map(({ name }) => name);
  const severe = state({ decision: escalate('invoices are wrong', 'SEV-1') });

  test('SRE of everything, FinOps of what they must know at once, nobody of a rehearsal', () => {
    expect(names(state({ decision: acting }), 'resolved')).toEqual(['sre']);
    expect(names(severe, 'escalated')).toEqual(['sre', 'finops']);
    expect(names(severe, 'resolved')).toEqual(['sre']);
    expect(names(state({}), 'rehearsed', ran({ mode: 'dry-run' }))).toEqual([]);
  });
});

test('what a person has settled did not heal by itself', () => {
  const of = (branch: string) =>
    noticeOf(
      { ...ran({ playbook: 'recon-failed' }), playbook: reconFailed },
      {
        ...state({ decision: { kind: 'leave', branch, why: 'a person has balanced it' } }),
        end: { outcome: 'self-healed', why: 'a person has balanced it; alarm recon-failed is OK' },
      },
    ).message();
  const { subject, body } = of('balanced-by-person');
  expect(subject).toMatch(/^SEV-3 SETTLED BY A PERSON /);
  expect(`${subject} ${body}`).not.toMatch(/self-healed/i);
  expect(of('balanced').subject).toMatch(/SELF-HEALED/);
});

describe('what only FinOps can decide', () => {
  const planned = { ...acting, handOff: { why: 'a person decides on one', severity: 'SEV-3' as const } };
  const told = (decision: typeof planned & { finops?: true }, outcome: RunResult['outcome']) =>
    noticeOf(ran(), { ...state({ decision }), end: { outcome, why: 'as it came' } }).topics.map(
      ({ name }) => name,
    );
  test.each(['escalated', 'failed', 'refused', 'ineffective'] as const)('%s: they hear of it', (outcome) => {
    expect(told({ ...planned, finops: true }, outcome)).toEqual(['sre', 'finops']);
    expect(told(planned, outcome)).toEqual(['sre']);
  });
  test('the message names it, however the rest ended', () => {
    const end = { outcome: 'refused', why: 'guard freeze: nightly' } as const;
    const { body } = noticeOf(ran(), { ...state({ decision: planned }), end }).message();
    expect(body).toMatch(/^Left to people: +a person decides on one$/m);
  });
});
