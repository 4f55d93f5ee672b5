import type { Course, Ending } from '../../lambdas/engine/course.ts';
import type { Decision } from '../../lambdas/domain/decision.ts';
import { actingMessage, outcomeMessage, topicsOf } from '../../lambdas/engine/messages.ts';
import type { Asking } from '../../lambdas/notifications/call-to-action.ts';
import type { Cause } from '../../lambdas/domain/run-request.ts';
import { subjectOf } from '../../lambdas/notifications/notify.ts';
import { curFreshness } from '../../lambdas/catalog/playbooks/cur-freshness.ts';
import type { GuardRecord } from '../../lambdas/domain/guard-answer.ts';
import { act, escalate, leave } from '../support/decisions.ts';
import { exampleSettings } from '../support/settings.ts';

const at = '2026-11-23T14:06:00.000Z';
const run = 'cur-freshness-20261123T140600-21722724b4ce';
const alarm: Cause = {
  kind: 'alarm',
  alarm: {
    name: 'cur-freshness',
    account: '012345678901',
    region: 'us-east-1',
    kind: 'metric',
    state: 'ALARM',
    previous: 'OK',
    changedAt: at,
    reason: '1 datapoint [4.3] was greater than the threshold (2.0)',
  },
};
const plan = [{ action: 'start-ingestion', params: { period: '2026-11' } }];
const acting = act('the delivery is complete but not in Athena (4.30 d) and the ledger (4.30 d)', plan);
const guard = (name: string, answer: 'allow' | 'refuse', figures = 'fence 7'): GuardRecord => ({
  slot: 'before-acting',
  guard: name,
  answer,
  figures,
  checkedAt: at,
});
const LOCKED = [guard('lock', 'allow')];

function course(change: Partial<Course> & { decision?: Decision } = {}): Course {
  const request = { run, playbook: 'cur-freshness', cause: alarm, mode: 'live' as const };
  return {
    request,
    playbook: curFreshness,
    opening: { request, target: { period: '2026-11' }, severity: 'SEV-3', executionArn: 'arn', openedAt: at },
    guards: [],
    phases: [],
    incident: `INC-${run}`,
    joined: false,
    ledgerWrites: 1,
    granted: false,
    findings: {
      at,
      finding: {},
      failed: [],
      evidence: [],
      told: [{ probe: 'period-state', question: 'Is the period open, closing or closed?', tell: 'open' }],
    },
    ...change,
  };
}

const settings = exampleSettings();
const said = (of: Course, ending: Ending) => {
  const { subject, body } = outcomeMessage(of, ending, settings);
  const line = (label: string) =>
    body
      .split('\n')
      .find((one) => one.startsWith(label))
      ?.slice(16);
  return { subject: subjectOf(subject), body, line, first: body.split('\n')[0] };
};
const START = 'start Glue job cur_ingest_prod for 2026-11';

describe('what a tired person reads of an ending', () => {
  const table: [string, Course, Ending, { asked: RegExp; done?: [string, string]; severity?: string }][] = [
    [
      'resolved',
      course({ decision: acting, granted: true, guards: LOCKED }),
      { outcome: 'resolved', why: 'Athena 1.26 d, ledger 1.26 d (limit 2 d); alarm cur-freshness is OK' },
      { asked: /^nothing$/, done: ['What was done:', START] },
    ],
    [
      'self-healed',
      course({ decision: leave('both copies are fresh: Athena 1.10 d, ledger 1.10 d, limit 2 d') }),
      { outcome: 'self-healed', why: 'both copies are fresh; alarm cur-freshness is OK' },
      { asked: /^nothing$/ },
    ],
    [
      'refused by a guard',
      course({ decision: acting, guards: [guard('period-open', 'refuse', '2026-11 is closed')] }),
      { outcome: 'refused', why: 'guard period-open: 2026-11 is closed' },
      { asked: /take over/, done: ['Not done:', START] },
    ],
    [
      'refused right before the sending, with the lock in hand',
      course({ decision: acting, granted: true, guards: LOCKED }),
      { outcome: 'refused', why: `${START}: NotSentError: what was granted no longer holds` },
      { asked: /take over/, done: ['Not done:', START] },
    ],
    [
      'refused because another run is at work',
      course({ decision: acting, guards: [guard('lock', 'refuse', 'run x is acting on this target')] }),
      { outcome: 'refused', why: 'guard lock: run x is acting on this target', joinedRun: 'x' },
      { asked: /^nothing$/, done: ['Not done:', START] },
    ],
    [
      'escalated with the plan that a person may approve',
      course({ decision: act('why', plan, { approval: { why: 'over 10,000 lines change' } }) }),
      { outcome: 'escalated', why: 'why; the plan needs approval: over 10,000 lines change' },
      { asked: /take over/, done: ['Not done:', START] },
    ],
    [
      'escalated, more severe than the alarm',
      course({ decision: escalate('AWS has delivered nothing for 2026-11', 'SEV-2') }),
      { outcome: 'escalated', why: 'AWS has delivered nothing for 2026-11' },
      { asked: /take over/, severity: 'SEV-2' },
    ],
    [
      'escalated, never less severe than the alarm',
      course({ decision: escalate('closed', 'SEV-4') }),
      { outcome: 'escalated', why: 'closed' },
      { asked: /take over/, severity: 'SEV-3' },
    ],
    [
      'ineffective',
      course({ decision: acting, granted: true, guards: LOCKED }),
      {
        outcome: 'ineffective',
        why: 'the plan was carried out, but it did not help: Athena 4.30 d (limit 2 d)',
      },
      { asked: /take over/, done: ['What was done:', START] },
    ],
    [
      'inconclusive',
      course({ decision: acting, granted: true, guards: LOCKED }),
      { outcome: 'inconclusive', why: 'Athena 1.26 d, but alarm cur-freshness is ALARM after 7 min' },
      { asked: /take over/, done: ['What was done:', START] },
    ],
    [
      'failed',
      course({ decision: acting, granted: true, guards: LOCKED }),
      { outcome: 'failed', why: `${START}: jr_1 FAILED: exit code 10` },
      { asked: /take over/, done: ['What was tried:', START] },
    ],
  ];

  test.each(table)('%s', (_name, of, ending, { asked, done, severity = 'SEV-3' }) => {
    const { subject, body, line, first } = said(of, ending);
    expect(first).toBe(`${ending.outcome.toUpperCase()}: cur-freshness, period 2026-11 (${severity})`);
    expect(line('What is wrong:')).toBe(
      'The newest usage in fact_cost_raw is older than 2 days: costs are shown without the latest usage.',
    );
    expect(line('Known by:')).toBe(
      `alarm cur-freshness since ${at}: 1 datapoint [4.3] was greater than the threshold (2.0)`,
    );
    expect(line('Outcome:')).toBe(ending.why);
    expect(line('Asked of you:')).toMatch(asked);
    const told = ['What was done:', 'What was tried:', 'Not done:'].map((label) => [label, line(label)]);
    expect(told.filter(([, text]) => text !== undefined)).toEqual(done ? [done] : []);
    expect(body).toContain('- Is the period open, closing or closed? open');
    expect(body).toContain(`Incident INC-${run}`);
    expect(body).toContain(`{"status":"${run}"}`);
    expect(body).toContain('Runbook section 1. CUR Ingestion Issues');
    expect(subject).toMatch(new RegExp(`^\\[${ending.outcome}\\] cur-freshness 2026-11: `));
    expect(subject.length).toBeLessThan(100);
  });

  test('the reason of the decision is told once', () => {
    const decision = escalate('AWS delivers late', 'SEV-3');
    const { body } = said(course({ decision }), { outcome: 'escalated', why: 'AWS delivers late' });
    expect(body.match(/AWS delivers late/g)).toHaveLength(1);
  });

  test('that the ledger is away, and the record will follow', () => {
    const away = [guard('ledger', 'refuse', 'the ledger did not answer 3 times: ECONNREFUSED')];
    const { body, line } = said(course({ guards: away }), {
      outcome: 'refused',
      why: 'guard ledger: ECONNREFUSED',
    });
    expect(body).toContain('the record follows once it is back');
    expect(line('Asked of you:')).toMatch(/take over/);
  });
});

test('before acting: what is wrong, what is done and why, and that nothing is asked yet', () => {
  const { subject, body } = actingMessage(course({ decision: acting }), settings);
  expect(subjectOf(subject)).toBe(`[acting] cur-freshness 2026-11: ${START}`);
  expect(body).toContain(`Why this plan:  ${acting.why}`);
  expect(body).toContain(`What is done:   ${START}`);
  expect(body).toContain('Asked of you:   nothing; the outcome follows');
});

test.each<[string, Cause, string]>([
  ['the sweep', { ...alarm, kind: 'sweep', slot: at }, `alarm cur-freshness is still in ALARM since ${at}`],
  ['a person', { kind: 'manual', by: 'kim', reason: 'month end', at }, 'asked for by kim: month end'],
  [
    'a replay',
    { kind: 'replay', of: 'r1', evidence: 'kept', by: 'kim', reason: 'check', at },
    'replay of r1, asked for by kim',
  ],
])('who started it: %s', (_name, cause, words) => {
  const request = { run, playbook: 'cur-freshness', cause, mode: 'live' as const };
  expect(said(course({ request }), { outcome: 'escalated', why: 'x' }).body).toContain(words);
});

test('what is asked stands right under the demand, and shorter channels get it in parts', () => {
  const asking: Asking = {
    lines: [
      'Acknowledge by 2026-11-23 15:06 UTC: npm run respond -- ack INC-x',
      'Or open: https://x.example/?t=a.b',
    ],
    episode: 2,
    by: '2026-11-23T15:06:00.000Z',
    link: 'https://x.example/?t=a.b',
    command: 'npm run respond -- ack INC-x',
  };
  const of = course({ decision: escalate('AWS delivers late', 'SEV-2'), phases: ['diagnose'] });
  const { body, asks, incident } = outcomeMessage(
    of,
    { outcome: 'escalated', why: 'late' },
    settings,
    asking,
  );
  expect(body).toContain(
    `Asked of you:   take over; the figures are below\n${asking.lines.join('\n')}\n\n- Is the period open`,
  );
  expect(body).toContain(`\nEvidence s3://responder-bucket/evidence/${run}/\n`);
  expect(asks).toEqual({
    what: 'take over',
    by: asking.by,
    episode: 2,
    link: asking.link,
    commands: ['npm run respond -- ack INC-x', `npm run respond -- why ${run}`],
  });
  expect(incident).toEqual({
    id: `INC-${run}`,
    event: 'escalated',
    severity: 'SEV-2',
    about: 'cur-freshness 2026-11',
    resources: [`s3://responder-bucket/evidence/${run}/`],
  });
  expect(outcomeMessage(of, { outcome: 'resolved', why: 'x' }, settings)).not.toHaveProperty('asks');
});

describe('who is told', () => {
  const names = (of: Course, outcome: Ending['outcome']) =>
    topicsOf(of, { outcome, why: '' }, settings).map(({ name }) => name);
  const severe = course({ decision: escalate('invoices are wrong', 'SEV-1') });

  test('SRE of everything, FinOps of what they must know at once, nobody of a rehearsal', () => {
    expect(names(course({ decision: acting }), 'resolved')).toEqual(['sre']);
    expect(names(severe, 'escalated')).toEqual(['sre', 'finops']);
    expect(names(severe, 'resolved')).toEqual(['sre']);
    expect(names(course({ request: { ...course().request, mode: 'dry-run' } }), 'rehearsed')).toEqual([]);
  });
});
