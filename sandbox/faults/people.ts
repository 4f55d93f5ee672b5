import type { Sandbox } from '../sandbox.ts';
import { approves, orders, refuses, whenAsked, whenTold } from './asked-people.ts';
import { budgetStaleFaults } from './budget-stale.ts';
import { hoursAgo, makeStale, periodAtStake, type Fault } from './fault.ts';
import { withoutInvoices } from './invoice-world.ts';
import { paidInvoices, unsettle } from './payment-world.ts';

const SCALE = 'autoscaling:SetDesiredCapacity';
const SETTLE = 'ledger:settle-invoice';
const EMIT = 'lambda:Invoke invoice_emitter';

const asked = (sandbox: Sandbox, playbook: string): Promise<void> =>
  orders(sandbox, 'sre-one', 'trust', playbook, 'approve', '--reason', 'people look first');

/** The nightly refresh of the budgets never ran. */
const budgetsMissed = async (sandbox: Sandbox): Promise<void> =>
  budgetStaleFaults.find(({ name }) => name === 'budgets-missed')?.inject(sandbox);

const payments = async (sandbox: Sandbox): Promise<void> => unsettle(sandbox, await paidInvoices(sandbox, 2));

/** People give orders: what they approve of is done, what they refuse or leave is not, and what they stop stops. */
export const peopleFaults: readonly Fault[] = [
  {
    name: 'approval-given',
    about: 'The budgets are old; people have to be asked, and one of them approves.',
    kind: 'platform',
    runs: [{ playbook: 'budget-stale', outcome: 'resolved', branch: 'missed' }],
    actions: ['lambda:Invoke budget_refresh_prod'],
    metric: 'budget_age_hours',
    async inject(sandbox) {
      await asked(sandbox, 'budget-stale');
      whenAsked(sandbox, approves('sre-two'));
      await budgetsMissed(sandbox);
    },
  },
  {
    name: 'approval-refused',
    about: 'The budgets are old; people have to be asked, and one of them refuses.',
    kind: 'platform',
    runs: [
      {
        playbook: 'budget-stale',
        outcome: 'refused',
        branch: 'missed',
        why: /; approval refused: \S+user\/finops-one: the figures are being moved$/,
      },
    ],
    actions: [],
    metric: 'budget_age_hours',
    async inject(sandbox) {
      await asked(sandbox, 'budget-stale');
      whenAsked(sandbox, refuses('finops-one', 'the figures are being moved'));
      await budgetsMissed(sandbox);
    },
  },
  {
    name: 'approval-of-two',
    about: 'Two invoices were never set to paid; money takes two people, and both approve.',
    kind: 'platform',
    runs: [{ playbook: 'payment-mismatch', outcome: 'resolved', branch: 'settle' }],
    actions: [SETTLE, SETTLE],
    metric: 'payment_mismatch_count',
    async inject(sandbox) {
      await asked(sandbox, 'payment-mismatch');
      whenAsked(sandbox, approves('sre-one'), approves('finops-one'));
      await payments(sandbox);
    },
  },
  {
    name: 'approval-by-one-of-two',
    about: 'Two invoices were never set to paid; one person approves, and nobody else does in time.',
    kind: 'platform',
    runs: [
      {
        playbook: 'payment-mismatch',
        outcome: 'escalated',
        branch: 'settle',
        why: /; approval expired: 1 of 2 people had approved by /,
      },
    ],
    actions: [],
    metric: 'payment_mismatch_count',
    limits: { approvalHours: 1 },
    async inject(sandbox) {
      await asked(sandbox, 'payment-mismatch');
      whenAsked(sandbox, approves('sre-one'));
      await payments(sandbox);
    },
  },
  {
    name: 'undone-by-people',
    about:
      'Ten times more jobs come than runners could ever do: scaling up is of no use, and a person undoes it.',
    kind: 'platform',
    runs: [
      { playbook: 'runner-backlog', outcome: 'ineffective', branch: 'scale' },
      { playbook: 'runner-backlog', outcome: 'refused', branch: null, why: /^guard open-run: / },
      {
        playbook: 'runner-backlog',
        outcome: 'escalated',
        branch: 'undo',
        why: /^what run \S+ did without effect is undone; the fault is still there; .* now \d+ jobs wait/,
      },
    ],
    actions: [SCALE, SCALE, SCALE, SCALE, SCALE, SCALE],
    metric: 'runner_queue_depth',
    async inject(sandbox) {
      whenTold(sandbox, 'ineffective', (_message, run) =>
        orders(sandbox, 'sre-one', 'undo', run, '--reason', 'more machines do not help'),
      );
      await sandbox.services.runnerFleet.backlog({ messages: 110, arrivalsPerTick: 400 });
    },
  },
  {
    name: 'stopped-by-people',
    about:
      'While three invoices are issued, somebody sees that they are wrong, and pulls the switch after the first.',
    kind: 'platform',
    runs: [
      {
        playbook: 'invoice-lag',
        outcome: 'escalated',
        branch: 'ready',
        why: /^1 of 3 actions were carried out, then no more: .*guard kill-switch: everything has been switched off/,
      },
    ],
    actions: [EMIT],
    metric: 'invoice_emission_lag_hours',
    async inject(sandbox) {
      await withoutInvoices(sandbox, ['TEN-00113', 'TEN-00117', 'TEN-00121']);
      const { estate } = sandbox.services;
      const unwatch = sandbox.watch((seen) => {
        if (seen.kind !== 'call' || seen.call.operation !== 'Invoke') return;
        if (!String(seen.call.input['FunctionName']).endsWith(estate.jobs.invoiceEmitter)) return;
        unwatch();
        sandbox.clock.spawn('somebody pulls the switch', () =>
          orders(sandbox, 'finops-one', 'pause', '--reason', 'these invoices look wrong'),
        );
      });
    },
  },
  {
    name: 'repaired-by-people',
    about:
      'People are called, and repair it by hand: once the alarm is quiet somebody looks whether it is over.',
    kind: 'platform',
    runs: [
      { playbook: 'cur-freshness', outcome: 'escalated', branch: 'not-delivered' },
      { playbook: 'cur-freshness', outcome: 'self-healed', branch: null },
    ],
    actions: [],
    metric: 'cur_freshness_days',
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.remove(periodAtStake(sandbox));
      sandbox.clock.at('fault.repaired-by-hand', hoursAgo(sandbox, -0.5), () =>
        sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 30)),
      );
    },
  },
];
