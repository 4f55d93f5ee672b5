import { approval } from '../../../lambdas/engine/guards/approval.ts';
import { blastRadius } from '../../../lambdas/engine/guards/blast-radius.ts';
import { freeze } from '../../../lambdas/engine/guards/freeze.ts';
import { lock } from '../../../lambdas/engine/guards/lock.ts';
import { periodOpen } from '../../../lambdas/engine/guards/period-open.ts';
import { verdictOf } from '../../../lambdas/engine/guards/judge.ts';
import { known } from '../../../lambdas/domain/known.ts';
import type { ApprovalState } from '../../../lambdas/record/approvals.ts';
import { allows, facts, guardTable, type Asked, limitsWith, NOW, refuses } from '../../support/facts.ts';

/** The guards that weigh the plan itself: what it touches, how much of it, and with whose consent. */

const months = (...named: (readonly [period: string, state: string, mayBeClosed?: boolean])[]) => ({
  periods: known(named.map(([period, state, mayBeClosed = false]) => ({ period, state, mayBeClosed }))),
});
guardTable(periodOpen, [
  ['no month', facts(months()), allows('no period is touched')],
  ['open', facts(months(['2026-11', 'open'])), allows('2026-11 is open')],
  ['closing', facts(months(['2026-10', 'closing'])), allows('2026-10 is closing')],
  ['closed', facts(months(['2026-09', 'closed'])), refuses('2026-09 is closed')],
  ['unknown', facts(months(['2025-01', 'unknown'])), refuses('2025-01 is unknown')],
  ['a state that nobody knows', facts(months(['2026-11', 'thawed'])), refuses('2026-11 is thawed')],
  [
    'one of two is closed',
    facts(months(['2026-11', 'open'], ['2026-09', 'closed'])),
    refuses('2026-09 is closed'),
  ],
  [
    'one is unknown, and another one may be closed',
    facts(months(['2026-09', 'closed', true], ['2025-01', 'unknown', true])),
    refuses('2025-01 is unknown'),
  ],
  [
    'closed, and every action on it says why it may',
    facts(months(['2026-09', 'closed', true])),
    allows('2026-09 is closed'),
  ],
  ['unknown is no closed one', facts(months(['2025-01', 'unknown', true])), refuses('2025-01 is unknown')],
]);

const nightly = { zone: 'Europe/Berlin', windows: [{ name: 'nightly', cron: '0 15 * * *', minutes: 60 }] };
guardTable(freeze, [
  ['no window', facts(), allows(`no freeze window now (zone UTC)`)],
  [
    'within one, in the hours of its zone',
    facts({ all: limitsWith({ freeze: nightly }) }),
    refuses('"nightly" until 2026-11-23T15:00:00.000Z (zone Europe/Berlin)', {
      until: '2026-11-23T15:00:00.000Z',
    }),
  ],
  [
    'after it',
    facts({ all: limitsWith({ freeze: nightly }), now: new Date('2026-11-23T15:00:00.000Z') }),
    allows('no freeze window now (zone Europe/Berlin)'),
  ],
  [
    'the month is being closed',
    facts({
      all: limitsWith({ freeze: { monthEnd: { lastDays: 3 } } }),
      now: new Date('2026-11-29T09:00:00.000Z'),
    }),
    refuses('"month-end close" until 2026-12-01T00:00:00.000Z (zone UTC)', {
      until: '2026-12-01T00:00:00.000Z',
    }),
  ],
]);

const tenants = (n: number) => Array.from({ length: n }, (_, i) => `TEN-${i}`);
/** Of a playbook of single things, which may write 1,000 rows, move 100,000 USD and touch 50 tenants. */
const single = (rows: number, usd: string, touched: number) =>
  facts({ playbook: 'quota-reached', effect: known({ rows, usd, tenants: tenants(touched) }) });
const of = (rows: string, usd: string, touched: number) =>
  `${rows} of 1000 rows, ${usd} of 100000 USD, ${touched} of 50 tenants`;
guardTable(blastRadius, [
  ['nothing', single(0, '0', 0), allows(of('0', '0', 0))],
  ['exactly the limits', single(1_000, '100000.00', 50), allows(of('1000', '100000.00', 50))],
  ['a row more', single(1_001, '0', 0), refuses(`1001 of 1000 rows (all: ${of('1001', '0', 0)})`)],
  [
    'a ten-thousandth of a dollar more',
    single(0, '100000.0001', 0),
    refuses(`100000.0001 of 100000 USD (all: ${of('0', '100000.0001', 0)})`),
  ],
  [
    'more than a float can tell apart',
    facts({
      all: limitsWith({ playbooks: { 'cur-freshness': { blastRadius: { usd: 9_007_199_254_740_991 } } } }),
      effect: known({ rows: 0, usd: '9007199254740992', tenants: [] }),
    }),
    refuses(
      '9007199254740992 of 9007199254740991 USD (all: 0 of 200000000 rows, 9007199254740992 of 9007199254740991 USD, 0 of 10000 tenants)',
    ),
  ],
  ['money that comes back is not moved', single(0, '-250000', 0), allows(of('0', '-250000', 0))],
  ['a tenant more', single(0, '0', 51), refuses(`51 of 50 tenants (all: ${of('0', '0', 51)})`)],
  [
    'all of it at once is told',
    single(2_000, '200000', 60),
    refuses(`${of('2000', '200000', 60)} (all: ${of('2000', '200000', 60)})`),
  ],
  ['no number of rows', single(NaN, '0', 0), refuses(`NaN of 1000 rows (all: ${of('NaN', '0', 0)})`)],
  [
    'a month as a whole has room for a month',
    facts({ effect: known({ rows: 12_000_000, usd: '4000000.00', tenants: tenants(400) }) }),
    allows('12000000 of 200000000 rows, 4000000.00 of 50000000 USD, 400 of 10000 tenants'),
  ],
]);

test.each(['', 'NaN', '1e9', '1,000', '12.', 'Infinity'])('blast-radius: "%s" is no sum of money', (usd) => {
  expect(verdictOf(blastRadius, single(0, usd, 0))).toEqual(
    refuses(`could not be evaluated: the foreseen effect is "${usd}" USD; wanted a decimal number`),
  );
});

const NEEDED = { needed: true, why: 'cur-freshness acts only with approval', people: 1 } as const;
const given: ApprovalState = {
  id: 'A-r1',
  state: 'approved',
  people: 1,
  approvers: ['sre-one'],
  audited: ['sre-one'],
  samePlan: true,
  expiresAt: '2026-11-23T14:00:00.001Z',
  why: null,
  callbackId: null,
};
const asked = (change: Partial<ApprovalState>, people: 1 | 2 = 1): Partial<Asked> => ({
  approval: known({ need: { ...NEEDED, people }, asked: { ...given, ...change } }),
});
const BOTH = ['sre-one', 'finops-one'];
const ONE = 'A-r1: 1 of 1 people (sre-one)';
guardTable(approval, [
  ['nobody has to be asked', facts(), allows('no approval is needed')],
  [
    'nobody was asked, though the playbook has been lowered since',
    facts({ approval: known({ need: NEEDED, asked: undefined }) }),
    refuses('nobody was asked: cur-freshness acts only with approval'),
  ],
  ['given', facts(asked({})), allows(ONE)],
  ['given by one, when two are needed by now', facts(asked({}, 2)), refuses('A-r1: 1 of 2 people (sre-one)')],
  [
    'still open',
    facts(asked({ state: 'open', approvers: [], audited: [] })),
    refuses('A-r1: 0 of 1 people (nobody); it is open'),
  ],
  ['refused', facts(asked({ state: 'refused' })), refuses(`${ONE}; it is refused`)],
  ['void', facts(asked({ state: 'void' })), refuses(`${ONE}; it is void`)],
  [
    'given for another plan',
    facts(asked({ samePlan: false })),
    refuses(`${ONE}; it was given for another plan`),
  ],
  ['one of two', facts(asked({ people: 2 })), refuses('A-r1: 1 of 2 people (sre-one)')],
  [
    'two of two',
    facts(asked({ people: 2, approvers: BOTH, audited: BOTH })),
    allows('A-r1: 2 of 2 people (sre-one, finops-one)'),
  ],
  [
    'two of two, one of whom has ordered nothing',
    facts(asked({ people: 2, approvers: BOTH })),
    refuses('A-r1: 1 of 2 people (sre-one); no approval by finops-one is in the audit'),
  ],
  ['expired since it was begun', facts({ ...asked({ expiresAt: NOW }), granted: true }), allows(ONE)],
  ['expired at this very moment', facts(asked({ expiresAt: NOW })), refuses(`${ONE}; it expired at ${NOW}`)],
]);

const held = (...resources: string[]) => ({
  conflicts: known(
    resources.map((resource) => ({ resource, run: 'r1', leasedUntil: '2026-11-23T16:00:00.000Z' })),
  ),
});
const JOINS = { then: { kind: 'join', run: 'r1' } } as const;
guardTable(lock, [
  ['nothing is held', facts(), allows('nothing that the plan touches is held by another run')],
  [
    'one thing is held',
    facts(held('costs/2026-11')),
    refuses('run r1 holds costs/2026-11 until 2026-11-23T16:00:00.000Z at the latest', JOINS),
  ],
  [
    'more are held',
    facts(held('costs/2026-11', 'inventory', 'budgets')),
    refuses('run r1 holds costs/2026-11 and 2 more until 2026-11-23T16:00:00.000Z at the latest', JOINS),
  ],
  [
    'another has written it since',
    facts({ changedBy: known('r1') }),
    refuses('run r1 has changed what the plan touches since it was probed', JOINS),
  ],
]);
