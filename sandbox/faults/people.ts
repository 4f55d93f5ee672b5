import { approves, orders, refuses, whenAsked, whenNotified, withApproval } from './asked-people.ts';
import { budgetsMissed } from './budget-stale.ts';
import { makeStale, periodAtStake } from './costs-world.ts';
import { faultsOf, type Step } from './fault.ts';
import { withoutInvoices } from './invoice-world.ts';
import { unsettle } from './payment-world.ts';
import { backlog } from './runner-backlog.ts';
import { ago, atStep, hoursAgo, later, sql } from './steps.ts';

const SCALE = 'autoscaling:SetDesiredCapacity';
const SETTLE = 'ledger:settle-invoice';

const budgets = faultsOf('budget-stale', 'budget_age_hours');
const payments = faultsOf('payment-mismatch', 'payment_mismatch_count');
const runners = faultsOf('runner-backlog', 'runner_queue_depth');
const invoices = faultsOf('invoice-lag', 'invoice_emission_lag_hours');
const costs = faultsOf('cur-freshness', 'cur_freshness_days');

/** Once the first invoice is requested, somebody pulls the switch, before the run goes on. */
const stopsInvoices = atStep('act:1:', 'ends', (sandbox) =>
  orders(sandbox, 'finops-one', 'pause', '--reason', 'these invoices look wrong'),
);

const repairedByHand: Step = (sandbox) =>
  sandbox.clock.at('fault.repaired-by-hand', hoursAgo(sandbox, -0.5), () =>
    sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 30)),
  );

/** People give orders: what they approve of is done, what they refuse or leave is not, and what they stop stops. */
export const peopleFaults = [
  budgets
    .platform('approval-given', 'The budgets are old; people have to be asked, and one of them approves.')
    .inject(withApproval('budget-stale'), whenAsked(approves('sre-two')), budgetsMissed)
    .expect(budgets.resolved('missed'), 'lambda:Invoke budget_refresh_prod'),

  budgets
    .platform(
      'approval-overtaken',
      'People are asked, and refresh the budgets by hand before one of them approves.',
    )
    .inject(
      withApproval('budget-stale'),
      whenAsked(approves('sre-two')),
      budgetsMissed,
      later(9, sql('update budget_master set last_refreshed_at = $1', ago(0))),
    )
    .expect(
      budgets.selfHealed('missed', /somebody else was faster: .*approval void: the evidence has changed/),
    ),

  budgets
    .platform('approval-refused', 'The budgets are old; people have to be asked, and one of them refuses.')
    .inject(
      withApproval('budget-stale'),
      whenAsked(refuses('finops-one', 'the figures are being moved')),
      budgetsMissed,
    )
    .expect(budgets.refused('missed', /; approval refused: finops-one: the figures are being moved$/)),

  payments
    .platform(
      'approval-of-two',
      'Two invoices were never set to paid; money takes two people, and both approve.',
    )
    .inject(
      withApproval('payment-mismatch'),
      whenAsked(approves('sre-one'), approves('finops-one')),
      unsettle(2),
    )
    .expect(payments.resolved('settle'), SETTLE, SETTLE),

  payments
    .platform(
      'approval-by-one-of-two',
      'Two invoices were never set to paid; one person approves, and nobody else does in time.',
      { limits: { approvalHours: 1 } },
    )
    .inject(withApproval('payment-mismatch'), whenAsked(approves('sre-one')), unsettle(2))
    .expect(payments.escalated('settle', /; approval expired: 1 of 2 people had approved by /)),

  runners
    .platform(
      'undone-by-people',
      'Ten times more jobs come than runners could ever do: scaling up is of no use, and a person rolls it back.',
    )
    .inject(
      whenNotified('ineffective', (sandbox, _message, run) =>
        orders(sandbox, 'sre-one', 'undo', run, '--reason', 'more machines do not help'),
      ),
      backlog({ messages: 110, arrivalsPerTick: 400 }),
    )
    .expect(
      [
        runners.ineffective('scale'),
        runners.joined,
        runners.escalated(
          'undo',
          /^the changes of run \S+ are rolled back; the fault still stands; .* now \d+ jobs wait/,
        ),
      ],
      ...Array.from({ length: 6 }, () => SCALE),
    ),

  invoices
    .platform(
      'stopped-by-people',
      'While three invoices are issued, somebody sees that they are wrong, and pulls the switch after the first.',
    )
    .inject(withoutInvoices(['TEN-00113', 'TEN-00117', 'TEN-00121']), stopsInvoices)
    .expect(
      invoices.escalated(
        'ready',
        /^1 of 3 actions were carried out, then no more: .*guard kill-switch: everything has been switched off/,
      ),
      'lambda:Invoke invoice_emitter',
    ),

  costs
    .platform(
      'repaired-by-people',
      'People are called, and repair it by hand: once the alarm is quiet somebody checks whether it is over.',
    )
    .inject(
      makeStale,
      (sandbox) => sandbox.services.commercialOps.delivery.remove(periodAtStake(sandbox)),
      repairedByHand,
    )
    .expect([costs.escalated('not-delivered'), costs.selfHealed(null)]),

  costs
    .platform(
      'told-to-pagers',
      'The same beside two pagers: each alert is triggered, acknowledged once somebody has it, and resolved.',
      { pagers: true },
    )
    .inject(
      makeStale,
      (sandbox) => sandbox.services.commercialOps.delivery.remove(periodAtStake(sandbox)),
      whenNotified('escalated', async (sandbox) => {
        const { rows } = await sandbox.pool.query<{ id: string }>(
          'select incident_id as id from responder.incident where closed_at is null',
        );
        await orders(sandbox, 'sre-one', 'ack', rows[0]?.id ?? 'none');
      }),
      repairedByHand,
    )
    .expect([costs.escalated('not-delivered'), costs.selfHealed(null)]),
];
