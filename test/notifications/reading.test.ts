import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actingMessage, approvalMessage, noticeOf } from '../../lambdas/engine/messages.ts';
import { RunNotes } from '../../lambdas/engine/run-context.ts';
import type { Granted, Planned, RunResult, RunState } from '../../lambdas/engine/run-state.ts';
import { messageOf as callOf } from '../../lambdas/escalation/messages.ts';
import type { Asking } from '../../lambdas/notifications/call-to-action.ts';
import { subjectOf, type Notification } from '../../lambdas/notifications/notify.ts';
import { smsOf } from '../../lambdas/notifications/sms.ts';
import { curFreshness } from '../../lambdas/catalog/playbooks/cur-freshness.ts';
import type { Cause } from '../../lambdas/domain/run-request.ts';
import { wordsIn } from '../../scripts/check/words.ts';
import { act, escalate } from '../support/decisions.ts';
import { alarmCause } from '../support/facts.ts';
import { exampleSettings } from '../support/settings.ts';

/*
 * Messages as people get them, kept as files to be read by people. After a change of words:
 * UPDATE_MESSAGES=1 npx jest test/notifications/reading, then read what has changed.
 */
const FOLDER = join(import.meta.dirname, '../fixtures/messages');

const at = '2026-11-23T14:06:00.000Z';
const run = 'cur-freshness-20261123T140600-21722724b4ce';
const cause: Cause = {
  ...alarmCause,
  alarm: {
    ...alarmCause.alarm,
    changedAt: at,
    reason:
      'Threshold Crossed: 1 out of the last 1 datapoints [4.307523148148148 (23/11/26 14:05:00)] was greater than the threshold (2.0) (minimum 1 datapoint for OK -> ALARM transition).',
  },
};
const settings = exampleSettings();
const plan = [{ action: 'start-ingestion', params: { period: '2026-11' } }];
const loads = act(
  'the delivery is complete, and neither Athena (4.3 days) nor the ledger (4.3 days) has it',
  plan,
);
const late = escalate(
  'AWS’s report of 2026-11 names 3 files; commercial-ops-cur-00003.snappy.parquet is not in S3',
  'SEV-2',
);

const reported = {
  request: { run, playbook: 'cur-freshness', cause, mode: 'live' as const },
  playbook: curFreshness,
  severity: 'SEV-3' as const,
  settings,
  notes: new RunNotes(),
};
const begun = {
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
    told: [{ probe: 'period-state', question: 'Is the period open, closing or closed?', tell: 'open' }],
  },
} as unknown as RunState;
const asking: Asking = {
  lines: [
    `Acknowledge by 23 Nov 2026 15:06 UTC: npm run respond -- ack INC-${run}`,
    'Or open: https://x.example/?t=a.b',
  ],
  by: '2026-11-23T15:06:00.000Z',
  episode: 1,
  link: 'https://x.example/?t=a.b',
  command: `npm run respond -- ack INC-${run}`,
};
const ended = (of: Partial<RunState>, end: RunResult, asks?: Asking): Notification =>
  noticeOf(reported, { ...begun, ...of, end }).message(asks);

const incomplete = { ...late, branch: 'incomplete-delivery' };
const escalated = ended({ decision: incomplete }, { outcome: 'escalated', why: late.why }, asking);
const called = (level: number, episode: number): Promise<Notification> =>
  callOf(
    { kind: 'call', level, of: 3, acknowledgeBy: '2026-11-23T16:06:00.000Z' } as Parameters<typeof callOf>[0],
    'lead',
    {
      now: '2026-11-23T15:06:00.000Z',
      call: { incident: `INC-${run}`, episode, openedByRun: run },
      state: {
        playbook: 'cur-freshness',
        target: { period: '2026-11' },
        severity: 'SEV-2',
        openedAt: at,
        told: [],
        runs: [
          {
            run,
            playbook: 'cur-freshness',
            cause,
            openedAt: at,
            endedAt: at,
            outcome: 'escalated',
            why: late.why,
          },
        ],
      },
      world: {
        settings,
        playbooks: [curFreshness],
        now: () => new Date(at),
        pool: () => {
          throw new Error('no ledger here');
        },
      },
    } as unknown as Parameters<typeof callOf>[2],
  );

const mail = ({ subject, body }: Notification): string => `Subject: ${subjectOf(subject)}\n\n${body}\n`;
const granted = { decision: loads, fence: '7' } as const;
const MESSAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  acting: () => mail(actingMessage(reported, { ...begun, ...granted } as Granted)),
  resolved: () =>
    mail(
      ended(granted, {
        outcome: 'resolved',
        why: 'Athena 1.26 days, ledger 1.26 days (limit 2 days); alarm cur-freshness is OK',
      }),
    ),
  escalated: () => mail(escalated),
  approval: () =>
    mail(
      approvalMessage(
        reported,
        {
          ...begun,
          decision: loads,
          effect: { rows: 12_345, usd: '0', tenants: ['TEN-1'] },
        } as unknown as Planned,
        {
          id: `A-${run}`,
          need: { needed: true, why: 'cur-freshness acts only with approval', people: 1 },
          expiresAt: '2026-11-23T22:06:00.000Z',
        },
      ),
    ),
  rehearsed: () =>
    mail(
      ended(
        { decision: loads },
        { outcome: 'rehearsed', why: 'guard trust: the trust level of cur-freshness is "shadow"' },
        asking,
      ),
    ),
  refused: () =>
    mail(
      ended({ decision: loads }, { outcome: 'refused', why: 'guard period-open: 2026-11 is closed' }, asking),
    ),
  'breaker-opened': () =>
    mail(
      ended(
        { ...granted, inARow: 2 },
        {
          outcome: 'ineffective',
          why: 'the plan was carried out, but Athena is 4.307 days old (limit 2 days)',
        },
        asking,
      ),
    ),
  reopened: async () => mail(await called(1, 2)),
  'escalation-level-2': async () => mail(await called(2, 1)),
  sms: () => `${smsOf(escalated)}\n`,
};

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));

test.each(Object.entries(MESSAGES))(
  '%s reads as it was approved, and needs one reading',
  async (name, write) => {
    const text = await write();
    const file = join(FOLDER, `${name}.txt`);
    if (process.env['UPDATE_MESSAGES']) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, text);
    }
    expect(existsSync(file) ? readFileSync(file, 'utf8') : `${file} is missing`).toBe(text);
    expect(text).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:/);
    expect(text).not.toMatch(/(?<![\w.])\d+\.\d{5,}/);
    expect(wordsIn(text)).toEqual([]);
    expect(/^Subject: (.*)$/m.exec(text)?.[1]?.length ?? 0).toBeLessThanOrEqual(70);
  },
);
