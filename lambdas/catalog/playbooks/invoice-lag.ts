import * as z from 'zod';
import { emitInvoice } from '../actions/emit-invoice.ts';
import { deciding, type Severity } from '../../domain/decision.ts';
import { Period, periodOf, shiftPeriod } from '../../domain/billing-period.ts';
import { emitterLog } from '../probes/error-logs.ts';
import { emitterRuns } from '../probes/emitter-runs.ts';
import { missingInvoices } from '../probes/missing-invoices.ts';
import { oldestMissing } from '../probes/oldest-missing.ts';
import { periodState } from '../probes/period-state.ts';
import { reconSummary } from '../probes/recon-summary.ts';
import { usageCompleteness } from '../probes/usage-completeness.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';
import { named, sortTenants } from './invoice-lag-tenants.ts';

/** Objective for the emission after the period's close. */
const LIMIT_HOURS = 72;
const CRITICAL_HOURS = 120;
/** More invoices than this at once need approval. */
const MOST_AT_ONCE = 50;

const SEVERITY: Severity = 'SEV-2';

const CHECK_USAGE_DAILY = 'Check the completeness of usage daily, not at the end of the month';
const CHECK_EMITTER = 'Find out why the emitter did not issue these invoices by itself';

const { branches, act, leave, escalate } = deciding({
  'unknown-period': {
    when: 'the ledger does not know the period',
    then: 'a person: check; nothing may be issued',
  },
  'not-closed': { when: 'the period is not closed', then: 'nothing: no invoice is expected yet' },
  'nothing-missing': { when: 'every tenant that had a plan has its invoice', then: 'nothing' },
  'not-reconciled': {
    when: 'the reconciliation of the period is neither ok nor resolved',
    then: 'a person: reconcile it; no invoice is issued before',
    prevention: 'Have the reconciliation finished before the month closes, so that invoices are not held up',
  },
  'none-ready': {
    when: 'no tenant is ready: its usage is incomplete, the emitter failed twice on the same inputs, the invoice is void, or the account is closed',
    then: 'a person: check each; nothing is issued',
    prevention: CHECK_USAGE_DAILY,
  },
  'many-tenants': {
    when: `more than ${MOST_AT_ONCE} invoices could be issued`,
    then: 'a person: approve it first; nothing is issued until then',
    prevention: CHECK_EMITTER,
  },
  'some-ready': {
    when: 'some tenants are ready, others are not',
    then: 'issue the invoices of those that are; a person: check the others',
    prevention: CHECK_USAGE_DAILY,
  },
  ready: {
    when: 'every tenant without an invoice is ready for it',
    then: "issue each tenant's invoice",
    prevention: CHECK_EMITTER,
  },
});

export const invoiceLag = definePlaybook({
  id: 'invoice-lag',
  section: '6. Invoice Generation',
  symptoms: [
    'An invoice of the current cycle is missing in invoice_header.',
    'The job invoice_emitter failed.',
  ],
  byHand: {
    'Invoice issuance blocked': [{ branch: 'not-reconciled' }],
    'Alarm `invoice-lag`': [{ alarm: 'invoice-lag' }],
    'Missing invoice in `invoice_header`': [{ probe: 'missing-invoices', branch: 'ready' }],
    'Job `invoice_emitter` failed': [{ probe: 'emitter-runs', branch: 'none-ready' }],
    'Check job logs': [{ probe: 'emitter-log' }],
    'Validate pending invoices': [{ probe: 'missing-invoices' }],
    'Rerun emitter Lambda': [{ action: 'emit-invoice' }],
    'Ensure downstream reconciliation': [{ probe: 'recon-summary' }],
    'If repeated failure': [{ probe: 'usage-completeness', branch: 'none-ready' }],
  },
  alarms: [
    alarmOn('invoice_emission_lag_hours', {
      name: 'invoice-lag',
      threshold: { above: LIMIT_HOURS },
      severity: SEVERITY,
      title: 'invoices are[ # hours] late',
      unit: 'hours',
      description: `An invoice of a closed period has been missing for more than ${LIMIT_HOURS} hours.`,
    }),
    alarmOn('invoice_emission_lag_hours', {
      name: 'invoice-lag-critical',
      threshold: { above: CRITICAL_HOURS },
      severity: SEVERITY,
      title: 'invoices are[ # hours] late',
      unit: 'hours',
      description: `An invoice of a closed period has been missing for more than ${CRITICAL_HOURS} hours.`,
    }),
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: shiftPeriod(periodOf(changedAt), -1) }),
  locate: oldestMissing,
  probes: {
    period: periodState,
    reconciliation: reconSummary,
    missing: missingInvoices,
    usage: usageCompleteness,
    runs: emitterRuns,
    log: emitterLog,
  },

  branches,
  decide({ period, reconciliation, missing, usage, runs }, { target }) {
    const month = target.period;
    if (period === 'unknown') {
      return escalate('unknown-period', `the ledger does not know the period ${month}`, SEVERITY);
    }
    if (period !== 'closed') {
      return leave('not-closed', `${month} is ${period}: no invoice is expected before it is closed`);
    }
    if (missing.count === 0) {
      return leave('nothing-missing', `every tenant that had a plan in ${month} has its invoice`);
    }
    const { status } = reconciliation;
    if (status !== 'ok' && status !== 'resolved') {
      return escalate(
        'not-reconciled',
        `${missing.count} invoices of ${month} are missing, but its reconciliation is ${status ?? 'missing'}: none is issued before it is ok or resolved`,
        SEVERITY,
      );
    }
    const { ready, held } = sortTenants({ missing, usage, runs });
    const others = missing.count - ready.length;
    const waiting = `${others} of ${missing.count} missing invoices of ${month} need a person: ${named(held, others)}`;
    if (ready.length === 0) return escalate('none-ready', waiting, SEVERITY);

    const why = `${ready.length} of ${missing.count} missing invoices of ${month} can be issued: ${named(ready)}`;
    const plan = ready.map((tenant_id) => ({
      action: emitInvoice.name,
      params: { tenant_id, period: month },
    }));
    const handOff = others > 0 ? { handOff: { why: waiting, severity: SEVERITY } } : {};
    if (ready.length > MOST_AT_ONCE) {
      const approval = { why: `more than ${MOST_AT_ONCE} invoices at once are no single failure` };
      return act('many-tenants', why, plan, { approval, ...handOff });
    }
    return act(others > 0 ? 'some-ready' : 'ready', why, plan, handOff);
  },

  concerns({ missing, usage, runs }, { branch }) {
    if (branch === 'not-reconciled' || branch === 'unknown-period') return [branch];
    const { ready, held } = sortTenants({ missing, usage, runs });
    return [
      ...ready.map((tenant) => `ready: ${tenant}`),
      ...held.map((said) => `held: ${said.slice(0, said.indexOf(':'))}`),
      ...(missing.count > missing.tenants.length ? [`${missing.count} are missing`] : []),
    ];
  },
  actions: [emitInvoice],
  withoutApproval: {
    [emitInvoice.name]:
      'The period is closed and reconciled, so the figures are frozen and another day would bill the same; only tenants with complete usage are issued one, no more than 50 at once, and the job issues no second invoice for a tenant and month.',
  },
  // Above 50 invoices people approve first; a run knows at most 200 tenants.
  limits: { blastRadius: { tenants: 200 } },

  recovery: {
    probes: { period: periodState, missing: missingInvoices },
    check: ({ period, missing }, { target }) => ({
      healthy: period !== 'unknown' && (period !== 'closed' || missing.count === 0),
      summary:
        period === 'closed'
          ? `${missing.count} invoices of ${target.period} are missing`
          : `${target.period} is ${period}: no invoice is expected`,
    }),
  },
});
