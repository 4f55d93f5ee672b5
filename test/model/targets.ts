import type { Sandbox } from '../../sandbox/sandbox.ts';
import { change, spoil, SLIGHTLY } from '../../sandbox/faults/billing-chain.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';

/** A month that is open when a sequence begins, and the one before it, which is being closed. */
export const MONTHS = ['2026-11', '2026-10'] as const;
export type Month = (typeof MONTHS)[number];

/** What the model breaks: the alarm that tells of it, its metric, and whoever a person asks for the repair. */
export interface Target {
  readonly playbook: string;
  readonly alarm: string;
  readonly metric: string;
  readonly target: Readonly<Record<string, string>>;
  readonly break: (sandbox: Sandbox, how: number) => Promise<unknown>;
}

/** Invoices that the world has paid, by their payments. */
const PAID = `select invoice_id from invoice_header where status = 'paid' order by 1`;

const allocation = (period: Month): Target => ({
  playbook: 'allocation-variance',
  alarm: 'allocation-variance',
  metric: 'allocation_variance_pct',
  target: { period },
  break: change(period, spoil(SLIGHTLY)),
});

export const TARGETS = {
  budgets: {
    playbook: 'budget-stale',
    alarm: 'budget-stale',
    metric: 'budget_age_hours',
    target: {},
    break: (sandbox) =>
      sandbox.pool.query('update budget_master set last_refreshed_at = $1', [hoursAgo(sandbox, 30)]),
  },
  payments: {
    playbook: 'payment-mismatch',
    alarm: 'payment-mismatch',
    metric: 'payment_mismatch_count',
    target: { scope: 'payments' },
    // Of one or two, exact to the cent; or of so many that their sum is over the limit.
    break: (sandbox, how) =>
      sandbox.pool.query(
        `update invoice_header set status = 'issued', paid_at = null
         where invoice_id in (${PAID} limit $1 offset $2)`,
        how === 0 ? [8, 0] : [1 + (how % 2), how % 6],
      ),
  },
  allocation: allocation('2026-11'),
  'allocation-last-month': allocation('2026-10'),
} satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];
export const targetNamed = (name: TargetName): Target => TARGETS[name];

export const ALARMS = ['budget-stale', 'payment-mismatch', 'allocation-variance'];
export const METRICS = ['budget_age_hours', 'payment_mismatch_count', 'allocation_variance_pct'];
export const PLAYBOOKS = [...ALARMS, 'restart-functions'];

/** Figures as they were in the healthy world. */
export class Healthy {
  private readonly sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  async keep(): Promise<void> {
    await this.sandbox.pool.query(`
      create table watched.invoice as select invoice_id, status, paid_at from invoice_header;
      create table watched.job_run as select run_id from job_run;
      create table watched.period as select period_start, state, changed_at from period_state;
      create table watched.allocated as select * from fact_cost_allocated`);
  }

  async keepAllocation(): Promise<void> {
    await this.sandbox.pool.query(`
      drop table watched.allocated;
      create table watched.allocated as select * from fact_cost_allocated`);
  }

  async restore(): Promise<void> {
    await this.sandbox.pool.query('update budget_master set last_refreshed_at = $1', [
      this.sandbox.clock.now(),
    ]);
    await this.sandbox.pool.query(`
      update invoice_header invoice set status = kept.status, paid_at = kept.paid_at
      from watched.invoice kept where kept.invoice_id = invoice.invoice_id and kept.status <> invoice.status;
      update period_state period set state = kept.state, changed_at = kept.changed_at
      from watched.period kept where kept.period_start = period.period_start and kept.state <> period.state;
      delete from job_run where run_id not in (select run_id from watched.job_run);
      delete from fact_cost_allocated;
      insert into fact_cost_allocated overriding system value select * from watched.allocated`);
  }

  /** One target alone. */
  async heal(name: TargetName): Promise<void> {
    const { pool, clock } = this.sandbox;
    if (name === 'budgets')
      await pool.query('update budget_master set last_refreshed_at = $1', [clock.now()]);
    else if (name === 'payments')
      await pool.query(
        `update invoice_header invoice set status = kept.status, paid_at = kept.paid_at
         from watched.invoice kept where kept.invoice_id = invoice.invoice_id`,
      );
    else {
      const period = `${name === 'allocation' ? MONTHS[0] : MONTHS[1]}-01`;
      await pool.query('delete from fact_cost_allocated where period_start = $1::date', [period]);
      await pool.query(
        'insert into fact_cost_allocated overriding system value select * from watched.allocated where period_start = $1::date',
        [period],
      );
    }
  }
}
