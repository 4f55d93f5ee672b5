import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { actingMessage, approvalMessage, noticeOf } from '../../lambdas/engine/messages.ts';
import { RunNotes } from '../../lambdas/engine/run-context.ts';
import type { Granted, Planned, RunResult, RunState } from '../../lambdas/engine/run-state.ts';
import { messageOf as callOf } from '../../lambdas/escalation/messages.ts';
import { HOUR_MS } from '../../lambdas/domain/milliseconds.ts';
import { Limits } from '../../lambdas/domain/limits.ts';
import type { Recipient } from '../../lambdas/domain/people.ts';
import { noticeOf as noticeOfGroup } from '../../lambdas/intake/dispatcher/unrecognised.ts';
import { crashOf } from '../../lambdas/intake/sweep/crashed-runs.ts';
import { silencedNotice } from '../../lambdas/intake/sweep/silenced-notice.ts';
import { announcementOf } from '../../lambdas/notifications/announce.ts';
import { askingOf } from '../../lambdas/notifications/call-to-action.ts';
import { byLink } from '../../lambdas/domain/acknowledger.ts';
import { MESSAGE_KINDS, type MessageKind } from '../../lambdas/notifications/notification.ts';
import type { Ledger } from '../../lambdas/platform/ledger/queryable.ts';
import type { EpisodeState } from '../../lambdas/record/calls.ts';
import { subjectOf, type Notification } from '../../lambdas/notifications/notify.ts';
import { smsOf } from '../../lambdas/notifications/sms.ts';
import { curFreshness } from '../../lambdas/catalog/playbooks/cur-freshness.ts';
import type { Act } from '../../lambdas/domain/decision.ts';
import type { Cause } from '../../lambdas/domain/run-request.ts';
import { wordsIn } from '../../scripts/check/words.ts';
import { act, escalate, leave } from '../support/decisions.ts';
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
const settings = exampleSettings({
  limits: Limits.parse({ trust: { initial: 'auto' }, freeze: { zone: 'Europe/Berlin' } }),
});
const plan = [{ action: 'start-ingestion', params: { period: '2026-11' } }];
const loads = {
  ...act('the delivery is complete, and neither Athena (4.3 days) nor the ledger (4.3 days) has it', plan),
  branch: 'not-loaded',
} as Act;
const incomplete = {
  ...escalate(
    'AWS’s report of 2026-11 names 3 files; commercial-ops-cur-00003.snappy.parquet is not in S3',
    'SEV-2',
  ),
  branch: 'incomplete-delivery',
};

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
  known: { number: 41, severity: 'SEV-3', episode: 1 },
  joined: false,
  findings: {
    at,
    finding: {},
    failed: [],
    evidence: [],
    told: [
      { probe: 'period-state', question: 'Is the period open, closing or closed?', tell: 'open' },
      {
        probe: 'athena-copy',
        question: 'How old is the newest usage in Athena?',
        tell: '4.31 days (limit 2 days)',
      },
    ],
  },
} as unknown as RunState;
const granted = { decision: loads, fence: '7' } as const;

/** The incident's row, as the record answers when a message is sent. */
const standing = {
  incident: `INC-${run}`,
  number: 41,
  episode: 1,
  playbook: 'cur-freshness',
  target: { period: '2026-11' },
  severity: 'SEV-3',
  severitySince: at,
  openedAt: at,
  acknowledged: null,
  closed: null,
  jira: null,
  jiraTriedSince: null,
  calls: [],
};
const world = (of: object, now: string) => ({
  settings,
  now: () => new Date(now),
  pool: () => ({ query: async () => ({ rows: [{ ...standing, ...of }], rowCount: 1 }) }) as unknown as Ledger,
  links: { to: async () => 'https://x.example/?t=a.b' },
});

const ended = async (of: Partial<RunState>, end: RunResult, record: object = {}): Promise<Notification> => {
  const notice = noticeOf(reported, { ...begun, ...of, end });
  if (!notice.asksForPeople) return notice.message();
  const { severity } = notice;
  const asking = await askingOf(
    { incident: begun.incident, recipient: 'sre', severity },
    world(record, '2026-11-23T14:07:00.000Z'),
  );
  return notice.message(asking);
};

const ESCALATED: RunResult = { outcome: 'escalated', why: incomplete.why };
const escalated = () => ended({ decision: incomplete }, ESCALATED, { severity: 'SEV-2' });

/** Of the escalation, an hour later. */
const fromEscalation = (
  message: object,
  recipient: Recipient,
  now: string,
  of: Partial<EpisodeState> = {},
): Promise<Notification> =>
  callOf(message as Parameters<typeof callOf>[0], recipient, {
    now,
    call: { incident: `INC-${run}`, episode: 1, openedByRun: run },
    state: {
      ...standing,
      severity: 'SEV-2',
      told: [],
      joined: {},
      runs: [
        {
          run,
          playbook: 'cur-freshness',
          cause,
          openedAt: at,
          endedAt: at,
          outcome: 'escalated',
          why: incomplete.why,
          decision: { ...incomplete, row: curFreshness.branches['incomplete-delivery'] },
        },
      ],
      ...of,
    },
    world: {
      ...world({ severity: 'SEV-2', calls: (of.told ?? []).map((one) => ({ ...one, ...one.message })) }, now),
      playbooks: [curFreshness],
    },
  } as unknown as Parameters<typeof callOf>[2]);

const hours = (count: number): string => new Date(Date.parse(at) + count * HOUR_MS).toISOString();
const calls = (...recipients: Recipient[]): EpisodeState['told'] =>
  recipients.map((recipient, i) => ({
    message: { kind: 'call', severity: 'SEV-2', level: i + 1 },
    recipient,
    dueAt: hours(i),
    toldAt: hours(i),
    confirmed: 1,
    tries: 1,
    triedAt: hours(i),
    byRun: null,
    why: null,
  }));
const call = (level: number, of: Partial<EpisodeState> = {}) =>
  fromEscalation(
    { kind: 'call', severity: 'SEV-2', level, of: 3, acknowledgeBy: hours(level), dueAt: hours(level - 1) },
    'lead',
    hours(level - 1),
    of,
  );

const RESOLVED: RunResult = {
  outcome: 'resolved',
  why: 'Athena 1.26 days, ledger 1.26 days (limit 2 days); alarm cur-freshness is OK',
};
const ineffective = (inARow: number) =>
  ended(
    { ...granted, inARow },
    {
      outcome: 'ineffective',
      why: 'the plan was carried out, but Athena is 4.307 days old (limit 2 days)',
    },
  );
const refusedBy = (why: string) => ended({ decision: loads }, { outcome: 'refused', why });
const approval = (people: 1 | 2, usd: string) =>
  approvalMessage(
    reported,
    { ...begun, decision: loads, effect: { rows: 12_345, usd, tenants: ['TEN-1'] } } as unknown as Planned,
    {
      id: `A-${run}`,
      need: { needed: true, why: 'cur-freshness acts only with approval', people },
      askedAt: at,
      expiresAt: hours(8),
    },
  );

/** By kind: each message of that kind, by the name of its file. A kind without one fails. */
const MESSAGES: Readonly<
  Record<MessageKind, Readonly<Record<string, () => Notification | Promise<Notification>>>>
> = {
  acting: {
    acting: () => actingMessage(reported, { ...begun, ...granted, approvedBy: ['ada', 'ben'] } as Granted),
  },
  resolved: { resolved: () => ended(granted, RESOLVED) },
  'self-healed': {
    'self-healed': () =>
      ended({ decision: leave('both copies are fresh') }, { ...RESOLVED, outcome: 'self-healed' }),
  },
  escalated: {
    escalated,
    'escalated-back': () =>
      ended(
        {
          decision: incomplete,
          known: { number: 41, severity: 'SEV-2', episode: 2, lastClosedAt: hours(-23) },
        },
        ESCALATED,
        { severity: 'SEV-2', episode: 2 },
      ),
    'escalated-rest': () =>
      ended(
        {
          decision: {
            ...loads,
            handOff: { why: '1 month differs again: check what changed its lines', severity: 'SEV-3' },
          },
          fence: '7',
        },
        { outcome: 'escalated', why: 'Athena 1.26 days (limit 2 days); 1 month differs again' },
      ),
    'escalated-taken': () =>
      ended({ decision: incomplete }, ESCALATED, {
        severity: 'SEV-2',
        acknowledged: { at: hours(-1), by: 'ada', severity: 'SEV-2' },
      }),
  },
  ineffective: { ineffective: () => ineffective(0), 'breaker-opened': () => ineffective(2) },
  inconclusive: {
    inconclusive: () =>
      ended(granted, {
        outcome: 'inconclusive',
        why: 'Athena 1.26 days (limit 2 days), but alarm cur-freshness is in ALARM after 7 minutes',
      }),
  },
  failed: {
    failed: () =>
      ended(granted, {
        outcome: 'failed',
        why: 'start Glue job cur_ingest_prod for 2026-11: jr_012345678 FAILED: exit code 10',
      }),
    'failed-first': () =>
      ended({}, { outcome: 'failed', why: 'the run itself failed: Athena did not answer' }),
    crashed: () =>
      crashOf(
        { run, playbook: 'cur-freshness', acted: true },
        `INC-${run}`,
        world({}, hours(1)),
        new Date(hours(1)),
      ),
  },
  rehearsed: {
    rehearsed: () =>
      ended(
        { decision: loads },
        { outcome: 'rehearsed', why: 'guard trust: the trust level of cur-freshness is "shadow"' },
      ),
  },
  refused: {
    refused: () => refusedBy('guard period-open: 2026-11 is closed'),
    'refused-off': () =>
      refusedBy(
        'guard kill-switch: cur-freshness has been switched off since 2026-11-23T09:00:00.000Z by ada: deploying',
      ),
    'refused-breaker': () =>
      refusedBy(
        'guard breaker: open since 2026-11-23T09:00:00.000Z: 3 plans in a row were ineffective or failed; a person resets it',
      ),
    'refused-waits': () =>
      ended(
        { decision: loads },
        {
          outcome: 'refused',
          why: 'guard lock: run x is acting on this target',
          then: { kind: 'join', run: 'x' },
        },
      ),
  },
  approval: { approval: () => approval(1, '0'), 'approval-of-two': () => approval(2, '268.46') },
  called: {
    called: () => call(1, { runs: [] }),
    'escalation-level-2': () => call(2, { told: calls('sre') }),
    reopened: () => call(1, { lastClosedAt: hours(-23) }),
  },
  joined: {
    joined: () =>
      fromEscalation({ kind: 'joined', batch: 1, dueAt: hours(1) }, 'sre', hours(1), {
        joined: { 'recon-failed': 31, 'budget-stale': 1 },
      }),
  },
  acknowledged: {
    acknowledged: () =>
      fromEscalation({ kind: 'acknowledged', severity: 'SEV-2', dueAt: hours(1) }, 'lead', hours(1), {
        acknowledged: { at: hours(1), by: byLink('sre', 'Ada L.'), severity: 'SEV-2' },
      }),
  },
  over: {
    over: () =>
      fromEscalation({ kind: 'stand-down', dueAt: hours(3) }, 'lead', hours(3), {
        closed: { at: hours(3), by: 'ada', run: null },
      }),
  },
  postmortem: {
    'postmortem-reminder': () =>
      fromEscalation({ kind: 'reminder', dueAt: hours(39) }, 'sre', hours(39), {
        closed: { at: hours(3), by: 'ada', run: null },
        postmortem: { draftedAt: hours(3), signedAt: null },
      }),
    'postmortem-late': () =>
      fromEscalation({ kind: 'postmortem-late', dueAt: hours(51) }, 'lead', hours(51), {
        closed: { at: hours(3), by: 'ada', run: null },
        postmortem: { draftedAt: hours(3), signedAt: null },
      }),
  },
  order: {
    order: () =>
      announcementOf({
        says: 'ada has ordered: resume cur-freshness',
        reason: 'AWS is well',
        command: null,
      }),
    'order-to-confirm': () =>
      announcementOf({
        says: 'ada wants to resume cur-freshness: a second person must confirm',
        reason: 'AWS is well',
        command: 'npm run respond -- confirm O-1',
      }),
  },
  silenced: {
    silenced: () =>
      silencedNotice(
        {
          alarm: {
            ...alarmCause.alarm,
            reason:
              'The metric is not what was measured: cur_freshness_days is 4.3 and has breached since 23 Nov 2026 13:00:00 UTC, but the alarm does not stand.',
          },
          playbook: 'cur-freshness',
          metric: 'cur_freshness_days',
        },
        run,
        settings,
      ),
  },
  unrecognised: Object.fromEntries(
    (['unreadable', 'no-playbook', 'unproven', 'unanswered'] as const).map((about) => [
      `unrecognised-${about}`,
      () => {
        const one = { reason: 'text that is no JSON', body: 'hello', origin: { via: 'SNS' }, about };
        const kept = { ...one, digest: 'f'.repeat(64), key: 'k' } as unknown as Parameters<
          typeof noticeOfGroup
        >[0][0];
        return noticeOfGroup([kept], 's3://responder-bucket/unrecognised/2026-11-23/');
      },
    ]),
  ),
  // Its figures need a ledger: test/reporting has its text.
  report: {},
};

const ELSEWHERE: readonly MessageKind[] = ['report'];
const ALL = Object.entries(MESSAGES).flatMap(([kind, some]) =>
  Object.entries(some).map(([name, write]) => ({ kind, name, write })),
);

const mail = ({ subject, body }: Notification): string => `Subject: ${subjectOf(subject)}\n\n${body}\n`;
const asKept = (message: Notification): string => {
  const { incident } = message;
  return incident ? `${mail(message)}\n--- SMS ---\n${smsOf(message)}\n` : mail(message);
};

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));

test('every kind of message is kept as a file', () => {
  const without = MESSAGE_KINDS.filter((kind) => Object.keys(MESSAGES[kind]).length === 0);
  expect(without).toEqual(ELSEWHERE);
  const files = readdirSync(FOLDER).map((file) => file.replace('.txt', ''));
  expect(files.sort()).toEqual(ALL.map(({ name }) => name).sort());
});

/** A figure that a person can't place: a number at the end of a thought, without what it counts. */
const BARE = /\b(?:is|are|by|of|was|were) \d+(?:\.\d+)?(?=[,;.]?(?:\s|$))(?! (?:[a-z%(]|USD|UTC|Nov|Dec))/;

test.each(ALL)('$name reads as it was approved, and needs one reading', async ({ kind, name, write }) => {
  const message = await write();
  expect(message.event).toBe(kind);
  const text = asKept(message);
  const file = join(FOLDER, `${name}.txt`);
  if (process.env['UPDATE_MESSAGES']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  expect(existsSync(file) ? readFileSync(file, 'utf8') : `${file} is missing`).toBe(text);
  expect(text).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:/);
  expect(text).not.toMatch(/(?<![\w.])\d+\.\d{4,}/);
  expect(text).not.toMatch(BARE);
  expect(wordsIn(text)).toEqual([]);
  const subject = subjectOf(message.subject);
  expect(subject.length).toBeLessThanOrEqual(70);
  expect(subject).not.toMatch(/\.\.\.$|[,;:(]$/);
  expect(text).toMatch(
    /^Your next step: \S|Nothing was done about it|CloudWatch did not write it|An alarm of ours/m,
  );
  if (message.incident) {
    expect(subject).toMatch(/^SEV-\d INC-41 /);
    const severities = new Set(text.match(/SEV-\d/g));
    expect([...severities]).toHaveLength(1);
    expect(smsOf(message)).not.toMatch(/take over/);
  }
});
