import { costs } from '../../lambdas/domain/lock-names.ts';
import type { Sandbox } from '../sandbox.ts';
import { isAtWork, ranBefore, type EarlierRun } from './earlier-runs.ts';
import { makeStale, periodAtStake, type ExpectedRun, type Fault } from './fault.ts';
import { whenGranted } from './when-granted.ts';

const PLAYBOOK = 'cur-freshness';
const common = { kind: 'control', metric: 'cur_freshness_days', actions: [] } as const;
const of = (outcome: ExpectedRun['outcome'], why: RegExp): readonly ExpectedRun[] => [
  { playbook: PLAYBOOK, outcome, branch: 'not-loaded', why },
];

/** Hours apart, so that neither the rest after a plan nor the hour's budget is in the way. */
const today = (outcome: EarlierRun['outcome']): readonly EarlierRun[] =>
  [540, 360, 180].map((minutesAgo) => ({ minutesAgo, ...(outcome && { outcome }) }));

const BREAKER = `
insert into responder.standing (playbook, breaker_since, breaker_why)
values ('${PLAYBOOK}', $1, '3 plans in a row were ineffective or failed')`;

const CLOSE = `
insert into job_run (run_id, job, period, status, started_at, finished_at)
values ('somebody-elses', 'month_end', new.target ->> 'period', 'completed', new.claimed_at, new.claimed_at);
update period_state set state = 'closed', changed_at = new.claimed_at
where period_start = ((new.target ->> 'period') || '-01')::date`;

const other = { id: 'an-allocation-at-work', playbook: 'allocation-variance' };

async function stale(sandbox: Sandbox, mode: 'read' | 'write'): Promise<void> {
  await makeStale(sandbox);
  const period = periodAtStake(sandbox);
  await isAtWork(sandbox, { ...other, period }, { resource: costs(period), mode });
}

/** What the responder itself has done lately, and is doing now. */
export const guardsOfRecord: readonly Fault[] = [
  {
    ...common,
    name: 'guard-recurrence',
    about: 'The same incident was closed three times today, and is back: its cause is a person’s to find.',
    runs: of(
      'escalated',
      /^would start Glue job .*; guard recurrence: return 3 of this incident within 24 h; from 3 on it is left to people$/,
    ),
    inject: async (sandbox) => {
      await ranBefore(sandbox, ...today('resolved'));
      await makeStale(sandbox);
    },
  },
  {
    ...common,
    name: 'guard-breaker-open',
    about: 'The breaker is open since yesterday, and nobody has closed it.',
    runs: of(
      'refused',
      /^guard breaker: open since 2026-11-22T\S+: 3 plans in a row were ineffective or failed; a person closes it$/,
    ),
    inject: async (sandbox) => {
      const { clock, pool } = sandbox;
      await pool.query(BREAKER, [new Date(clock.now().getTime() - 86_400_000)]);
      await makeStale(sandbox);
    },
  },
  {
    ...common,
    name: 'guard-breaker-in-a-row',
    about: 'Three plans in a row did not help, though the breaker’s opening is not on record.',
    runs: of(
      'refused',
      /^guard breaker: 3 of 3 plans of cur-freshness in a row did not help; a person closes it$/,
    ),
    inject: async (sandbox) => {
      await ranBefore(sandbox, ...today('ineffective'));
      await makeStale(sandbox);
    },
  },
  {
    ...common,
    name: 'guard-period-closed-meanwhile',
    about: 'The month is closed when the locks are granted already, and nothing is sent yet.',
    runs: of('refused', /: what was granted no longer holds: guard period-open: 2026-11 is closed$/),
    inject: async (sandbox) => {
      await makeStale(sandbox);
      await whenGranted(sandbox, CLOSE);
    },
  },
  {
    ...common,
    name: 'guard-lock-read',
    about: 'An allocation is at work on the costs that would be replaced under its hands.',
    runs: of(
      'refused',
      /^guard lock: run an-allocation-at-work holds costs\/2026-11 until 2026-11-23T\S+Z at the latest$/,
    ),
    inject: (sandbox) => stale(sandbox, 'read'),
  },
  {
    ...common,
    name: 'guard-lock-written',
    about: 'Another run writes the costs that would be replaced.',
    runs: of(
      'refused',
      /^guard lock: run an-allocation-at-work holds costs\/2026-11 until 2026-11-23T\S+Z at the latest$/,
    ),
    inject: (sandbox) => stale(sandbox, 'write'),
  },
];
