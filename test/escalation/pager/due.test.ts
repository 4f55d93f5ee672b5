import { messageName, type EscalationMessage } from '../../../lambdas/domain/escalation-message.ts';
import { People } from '../../../lambdas/domain/people.ts';
import { nextMove } from '../../../lambdas/escalation/next-move.ts';
import type { EpisodeState, MessageRecord } from '../../../lambdas/record/calls.ts';
import type { Severity } from '../../../lambdas/domain/decision.ts';
import { episodeState } from '../../support/episodes.ts';
import { minute } from '../../support/runs.ts';

/** Which event a pager is sent next, as a table: moments are minutes since the incident was opened. */

const pager = (lowestSeverity: Severity) =>
  People.parse({
    pagers: [{ kind: 'pagerduty', name: 'pd', secretArn: 'arn:x', lowestSeverity }],
  });

const told = (
  message: EscalationMessage,
  at: number,
  change: Partial<MessageRecord> = {},
): MessageRecord => ({
  message,
  recipient: message.kind === 'call' ? 'sre' : 'pd',
  dueAt: minute(at),
  toldAt: minute(at),
  confirmed: null,
  tries: 1,
  triedAt: minute(at),
  byRun: null,
  why: null,
  ...change,
});
const called = (severity: Severity) => told({ kind: 'call', severity, level: 1 }, 4);
const sent = (
  kind: 'pager-trigger' | 'pager-acknowledge' | 'pager-resolve',
  severity: Severity,
  change?: Partial<MessageRecord>,
) => told({ kind, severity }, 5, change);
const failed = { toldAt: null, why: 'HTTP 503' };
const acknowledged = { by: 'sre-one', at: minute(6), severity: 'SEV-2' as const };
const closed = { at: minute(8), by: 'sre-one', run: null };

/** People hear who has it before the pager does. */
const announced = told({ kind: 'acknowledged', severity: 'SEV-2' }, 6, { recipient: 'sre' });
/** All else that is due at the end. */
const over = [
  told({ kind: 'stand-down' }, 9, { recipient: 'sre' }),
  told({ kind: 'jira-comment' }, 9, { recipient: 'jira' }),
];

const NOW = 10;
function next(change: Partial<EpisodeState>, lowest: Severity = 'SEV-4'): string {
  const state = episodeState({ postmortem: { draftedAt: minute(9), signedAt: minute(9) }, ...change });
  const move = nextMove({
    state,
    now: minute(NOW),
    people: pager(lowest),
    finops: [],
    retrySeconds: 300,
    onRecord: true,
  });
  return move.kind === 'page' ? messageName(move.message) : move.kind;
}

test.each<[string, Partial<EpisodeState>, string]>([
  ['before anybody is called: nothing', {}, 'wait'],
  ['after the first call: an alert', { told: [called('SEV-2')] }, 'pager-trigger/SEV-2'],
  [
    'after a call that failed, too',
    { told: [{ ...called('SEV-2'), ...failed, triedAt: minute(9) }] },
    'pager-trigger/SEV-2',
  ],
  ['once', { told: [called('SEV-2'), sent('pager-trigger', 'SEV-2')] }, 'wait'],
  [
    'again where it failed',
    { told: [called('SEV-2'), sent('pager-trigger', 'SEV-2', failed)] },
    'pager-trigger/SEV-2',
  ],
  [
    'no sooner than the pager asks',
    { told: [called('SEV-2'), sent('pager-trigger', 'SEV-2', { ...failed, notBefore: minute(11) })] },
    'wait',
  ],
  [
    'no more after two days',
    { told: [called('SEV-2'), sent('pager-trigger', 'SEV-2', { ...failed, tries: 60 })] },
    'wait',
  ],
  ['nothing of what somebody has before', { told: [called('SEV-2'), announced], acknowledged }, 'wait'],
  [
    'an acknowledgement',
    { told: [called('SEV-2'), announced, sent('pager-trigger', 'SEV-2')], acknowledged },
    'pager-acknowledge/SEV-2',
  ],
  [
    'the end, also of an alert whose answer was lost',
    { told: [called('SEV-2'), sent('pager-trigger', 'SEV-2', failed), ...over], acknowledged, closed },
    'pager-resolve/SEV-2',
  ],
  [
    'the end of all, once',
    {
      told: [called('SEV-2'), sent('pager-trigger', 'SEV-2'), sent('pager-resolve', 'SEV-2'), ...over],
      closed,
    },
    'end',
  ],
  [
    'a higher severity: a new alert in place of the old',
    {
      severity: 'SEV-1',
      severitySince: minute(7),
      told: [called('SEV-2'), sent('pager-trigger', 'SEV-2'), called('SEV-1')],
      acknowledged,
    },
    'pager-trigger/SEV-1',
  ],
  [
    'and the old one ends',
    {
      severity: 'SEV-1',
      severitySince: minute(7),
      told: [
        called('SEV-2'),
        sent('pager-trigger', 'SEV-2'),
        called('SEV-1'),
        sent('pager-trigger', 'SEV-1'),
      ],
      acknowledged,
    },
    'pager-resolve/SEV-2',
  ],
])('%s', (_what, state, event) => expect(next(state)).toBe(event));

test('a pager for high severities is sent no other', () => {
  expect(next({ told: [called('SEV-2')] }, 'SEV-1')).toBe('wait');
  expect(next({ told: [called('SEV-2')] }, 'SEV-2')).toBe('pager-trigger/SEV-2');
});

test('a pager that fails hinders no message: what is due to people comes first', () => {
  const call = { ...called('SEV-2'), ...failed, triedAt: minute(5) };
  expect(next({ told: [call, sent('pager-trigger', 'SEV-2', failed)] })).toBe('tell');
});
