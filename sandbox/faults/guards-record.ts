import { costs } from '../../lambdas/domain/lock-names.ts';
import { makeStale, periodAtStake } from './costs-world.ts';
import { isAtWork, ranBefore, type EarlierRun } from './earlier-runs.ts';
import { faultsOf, type Step } from './fault.ts';
import { ago, sql } from './steps.ts';
import { whenGranted } from './when-granted.ts';

const PLAYBOOK = 'cur-freshness';
const { control, escalated, ...runs } = faultsOf(PLAYBOOK, 'cur_freshness_days');
const refused = (why: RegExp) => runs.refused('not-loaded', why);

/** Hours apart, so that neither the rest after a plan nor the hour's budget is in the way. */
const ranToday = (outcome: EarlierRun['outcome']): Step =>
  ranBefore(...[540, 360, 180].map((minutesAgo) => ({ minutesAgo, ...(outcome && { outcome }) })));

const BREAKER = `
insert into responder.standing (playbook, breaker_since, breaker_why)
values ('${PLAYBOOK}', $1, '3 plans in a row were ineffective or failed')`;

const CLOSE = `
insert into job_run (run_id, job, period, status, started_at, finished_at)
values ('somebody-elses', 'month_end', new.target ->> 'period', 'completed', new.claimed_at, new.claimed_at);
update period_state set state = 'closed', changed_at = new.claimed_at
where period_start = ((new.target ->> 'period') || '-01')::date`;

const other = { id: 'an-allocation-at-work', playbook: 'allocation-variance' };

const costsLocked =
  (mode: 'read' | 'write'): Step =>
  (sandbox) => {
    const period = periodAtStake(sandbox);
    return isAtWork(sandbox, { ...other, period }, { resource: costs(period), mode });
  };
const LOCKED = refused(
  /^guard lock: run an-allocation-at-work holds costs\/2026-11 until 2026-11-23T\S+Z at the latest$/,
);

/** What the responder itself has done lately, and is doing now. */
export const guardsOfRecord = [
  control(
    'guard-recurrence',
    'The same incident was closed three times today, and is back: its cause is a person’s to find.',
  )
    .inject(ranToday('resolved'), makeStale)
    .expect(
      escalated(
        'not-loaded',
        /^would start Glue job .*; guard recurrence: return 3 of this incident within 24 h; from 3 on it is left to people$/,
      ),
    ),

  control('guard-breaker-open', 'The breaker is open since yesterday, and nobody has closed it.')
    .inject(sql(BREAKER, ago(24)), makeStale)
    .expect(
      refused(
        /^guard breaker: open since 2026-11-22T\S+: 3 plans in a row were ineffective or failed; a person resets it$/,
      ),
    ),

  control(
    'guard-breaker-in-a-row',
    'Three plans in a row did not help, though the breaker’s opening is not on record.',
  )
    .inject(ranToday('ineffective'), makeStale)
    .expect(
      refused(/^guard breaker: 3 of 3 plans of cur-freshness in a row did not help; a person resets it$/),
    ),

  control(
    'guard-period-closed-meanwhile',
    'The month is closed when the locks are granted already, and nothing is sent yet.',
  )
    .inject(makeStale, whenGranted(CLOSE))
    .expect(refused(/: what was granted no longer holds: guard period-open: 2026-11 is closed$/)),

  control('guard-lock-read', 'An allocation reads the costs that would be replaced meanwhile.')
    .inject(makeStale, costsLocked('read'))
    .expect(LOCKED),

  control('guard-lock-written', 'Another run writes the costs that would be replaced.')
    .inject(makeStale, costsLocked('write'))
    .expect(LOCKED),
];
