import { duration, number } from '../../domain/words.ts';
import { DAY_MS } from '../../domain/milliseconds.ts';
import * as z from 'zod';
import { awaitIngestion } from '../actions/await-ingestion.ts';
import { startIngestion } from '../actions/start-ingestion.ts';
import { deciding, stepName, type Severity } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { athenaCopy, ledgerCopy, type Copy } from '../probes/cost-copies.ts';
import { curDelivery, type Delivery } from '../probes/cur-delivery.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { ingestionLog } from '../probes/error-logs.ts';
import { ingestionPermissions } from '../probes/ingestion-permissions.ts';
import { ingestionRuns, isUnfinished } from '../probes/ingestion-runs.ts';
import { monthsNotLoaded } from '../probes/months-not-loaded.ts';
import { periodState } from '../probes/period-state.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { changeableMonth } from './closed-period.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';

/** Objective for the report's age; AWS itself lags 24 to 48 hours. */
const LIMIT_DAYS = 2;
/** From here on FinOps works with wrong figures. */
const CRITICAL_DAYS = 4;
/** The runbook's limit for a hung ingestion. */
const HUNG_MINUTES = 30;

/** Missing files that a message names; the evidence has more. */
const NAMED = 3;

const WATCH_DELIVERY =
  'Watch the delivery itself: an alarm on a missing or incomplete manifest, before freshness suffers, and a contact at AWS for the report';
const WATCH_NIGHTLY_LOAD =
  'Find out why the nightly load did not run or failed, and let it be tried again by its own schedule';
const MONTH = changeableMonth('its costs are never loaded again');

const { branches, act, leave, escalate } = deciding({
  ...MONTH.branches,
  fresh: {
    when: `the newest usage in both copies is at most ${LIMIT_DAYS} days old; of an earlier month, both hold the newest delivery`,
    then: 'nothing',
  },
  'not-delivered': {
    when: 'AWS has delivered nothing for the period, or only empty files',
    then: "a person: check the report's definition and the account link",
    prevention: WATCH_DELIVERY,
  },
  'incomplete-delivery': {
    when: 'the delivery has no manifest, or is missing files that the manifest names',
    then: 'a person: ask AWS for the delivery',
    prevention: WATCH_DELIVERY,
  },
  hung: {
    when: `an ingestion has been running for more than ${HUNG_MINUTES} minutes`,
    then: 'a person: check the job',
    prevention: 'Give the ingestion job a time-out below its 30 minutes, so that it fails instead of hanging',
  },
  'permission-missing': {
    when: "the job's role is missing a permission",
    then: 'a person: restore it',
    prevention:
      'Keep the permissions of the ingestion job in code, with a check at deployment that they are all there',
  },
  'in-progress': {
    when: `an ingestion has been running for at most ${HUNG_MINUTES} minutes`,
    then: 'wait for it',
    repeats: true,
  },
  'late-delivery': {
    when: 'both copies hold every newest delivery, whose own newest usage is too old',
    then: 'a person: ask AWS for a newer delivery; loading again would change nothing',
    prevention: WATCH_DELIVERY,
  },
  'failed-before': {
    when: 'the last ingestion failed, and none of the causes above is there now',
    then: 'load the period',
    prevention: WATCH_NIGHTLY_LOAD,
  },
  'not-loaded': {
    when: 'otherwise: the delivery is complete but not in both copies',
    then: 'load the period, and the month before or after if that is not loaded either',
    prevention: WATCH_NIGHTLY_LOAD,
  },
});

export const curFreshness = definePlaybook({
  id: 'cur-freshness',
  section: '1. CUR Ingestion Issues',
  symptoms: [
    'The partition of fact_cost_raw for the billing cycle is missing or outdated.',
    'The Glue job takes more than 30 minutes, or fails with AccessDenied.',
  ],
  byHand: {
    'CloudWatch alarm `cur-freshness`': [{ alarm: 'cur-freshness' }],
    '`fact_cost_raw` partition missing': [{ branch: 'not-delivered' }, { branch: 'not-loaded' }],
    'Glue job duration > 30 minutes': [{ branch: 'hung' }, { branch: 'permission-missing' }],
    'Confirm S3 partition presence': [{ probe: 'cur-delivery' }],
    'Run Athena validation': [{ probe: 'athena-copy' }],
    'Check CloudWatch logs for ingestion': [{ probe: 'ingestion-log' }],
    'If S3 path missing': [{ branch: 'not-delivered' }],
    'If Glue job fails': [{ branch: 'failed-before', action: 'start-ingestion' }],
    'Validate CUR IAM role': [{ probe: 'ingestion-permissions', branch: 'permission-missing' }],
  },
  alarms: [
    alarmOn('cur_freshness_days', {
      name: 'cur-freshness',
      threshold: { above: LIMIT_DAYS },
      severity: 'SEV-3',
      description:
        'The newest usage in fact_cost_raw is older than 2 days: costs are shown without the latest usage.',
    }),
  ],
  target: z.strictObject({ period: Period }),
  // The objective's line is two days old: on a month's first days it is in last month's partition.
  targetOf: ({ changedAt }) => ({ period: periodOf(new Date(changedAt.getTime() - LIMIT_DAYS * DAY_MS)) }),
  probes: {
    period: periodState,
    delivery: curDelivery,
    athena: athenaCopy,
    ledger: ledgerCopy,
    log: ingestionLog,
    runs: ingestionRuns,
    permissions: ingestionPermissions,
    others: monthsNotLoaded,
  },

  branches,
  decide({ period, delivery, athena, ledger, log, runs, permissions, others }, { target, now }) {
    const severity: Severity = oldest(athena, ledger) > CRITICAL_DAYS ? 'SEV-2' : 'SEV-3';
    const month = target.period;
    const refused = MONTH.refuse({ month, state: period, severity }, escalate);
    if (refused) return refused;
    const copies = { delivery, athena, ledger };
    if (isCurrent(copies, month, now)) {
      return leave('fresh', `both copies are fresh: ${describeCopies(copies, month, now)}`);
    }
    if (delivery.objects === 0 || delivery.bytes === 0) {
      return escalate(
        'not-delivered',
        `AWS has delivered nothing for ${month}: ${delivery.prefix} holds ${delivery.objects} files, ` +
          `${delivery.bytes} bytes. Nothing of ours can create it: check the report's definition and the account link`,
        severity,
      );
    }
    if (!delivery.manifest || delivery.missingCount > 0) {
      const more = delivery.missingCount > NAMED ? ` and ${delivery.missingCount - NAMED} more` : '';
      const lack = delivery.manifest
        ? `is missing ${delivery.missing.slice(0, NAMED).join(', ')}${more}`
        : 'has no manifest';
      return escalate(
        'incomplete-delivery',
        `the delivery of ${month} is incomplete: ${delivery.prefix} ${lack}`,
        severity,
      );
    }

    const running = runs.find(isUnfinished);
    if (running && running.minutes > HUNG_MINUTES) {
      return escalate(
        'hung',
        `ingestion run ${running.id} hangs: ${running.state} for ${duration(Math.round(running.minutes) * 60)}, limit ${HUNG_MINUTES} minutes`,
        severity,
      );
    }
    if (permissions.length > 0) {
      return escalate(
        'permission-missing',
        `the ingestion job's role is missing ${permissions.join(' and ')}`,
        severity,
      );
    }
    if (running) {
      const others = running.period !== null && running.period !== month;
      const since = `has been in progress for ${duration(Math.round(running.minutes) * 60)}: wait for it`;
      const wait = { action: awaitIngestion.name, params: { jobRunId: running.id } };
      return others
        ? act('in-progress', `an ingestion of ${running.period} ${since}, then load ${month}`, [
            wait,
            { action: startIngestion.name, params: { period: month } },
          ])
        : act('in-progress', `an ingestion ${since}`, [wait]);
    }
    const notLoaded = copiesWithout(delivery, athena, ledger);
    if (notLoaded.length === 0 && others.length === 0) {
      return escalate(
        'late-delivery',
        `both copies hold the newest delivery of ${month}, whose newest usage is old itself ` +
          `(Athena ${days(athena)}, ledger ${days(ledger)}): AWS delivers late`,
        severity,
      );
    }
    const last = runs.find((run) => run.period === month || run.period === null);
    const because =
      last?.state === 'FAILED'
        ? `the last ingestion failed (${errorCause(last.error)}) and its role has what it needs now`
        : notLoaded.length > 0
          ? `the delivery is complete but not in ${notLoaded.join(' and ')}`
          : `both copies hold the newest delivery of ${month}`;
    const said = log.accessDenied > 0 ? `; the log's ${log.accessDenied} AccessDenied are history` : '';
    const more = others.length > 0 ? `; the delivery of ${others.join(' and ')} is not loaded either` : '';
    // Across the turn of a month one load would leave a gap, or be fresh only until midnight.
    const months = [...(notLoaded.length > 0 ? [month] : []), ...others].sort();
    return act(
      last?.state === 'FAILED' ? 'failed-before' : 'not-loaded',
      `${because}${said}${more}`,
      months.map((one) => ({ action: startIngestion.name, params: { period: one } })),
    );
  },

  // Another delivery is worth another load.
  concerns: ({ delivery }, decision) =>
    decision.kind === 'act'
      ? [...decision.plan.map(stepName), `delivery ${delivery.digest}`]
      : [decision.branch],
  actions: [startIngestion, awaitIngestion],
  withoutApproval: {
    [startIngestion.name]:
      'The delivery is complete and AWS’s own, the period is not closed, and no other ingestion is at work; what it replaces is an older delivery of the same month, which nobody goes back to.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { athena: athenaCopy, ledger: ledgerCopy, delivery: curDelivery },
    check: (finding, { target, now }) => ({
      healthy: isCurrent(finding, target.period, now),
      summary: describeCopies(finding, target.period, now),
    }),
  },
});

interface Copies {
  readonly delivery: Delivery;
  readonly athena: Copy;
  readonly ledger: Copy;
}

/** Whether nothing needs loading: both copies are fresh. For an earlier month, both must hold the delivery. */
function isCurrent({ delivery, athena, ledger }: Copies, month: string, now: Date): boolean {
  if (isEarlier(month, now)) return holds(athena, delivery) && holds(ledger, delivery);
  return isFresh(athena) && isFresh(ledger);
}

const isEarlier = (month: string, now: Date): boolean =>
  month < periodOf(new Date(now.getTime() - LIMIT_DAYS * DAY_MS));

const holds = ({ digest }: Copy, delivery: Delivery): boolean =>
  digest !== null && digest === delivery.digest;

/** The facts of `isCurrent`, in figures. */
function describeCopies({ delivery, athena, ledger }: Copies, month: string, now: Date): string {
  if (!isEarlier(month, now))
    return `Athena ${days(athena)}, ledger ${days(ledger)} (limit ${LIMIT_DAYS} days)`;
  const tell = (copy: Copy): string => (holds(copy, delivery) ? 'loaded' : 'not loaded');
  return `the newest delivery of ${month}: Athena ${tell(athena)}, ledger ${tell(ledger)}`;
}

/**
 * The copies that another load can help: without the delivery in the bucket, or older than the other
 * copy of it.
 */
function copiesWithout(delivery: Delivery, athena: Copy, ledger: Copy): string[] {
  const lacks = (copy: Copy, other: Copy): boolean =>
    !holds(copy, delivery) || (!isFresh(copy) && isFresh(other));
  return [
    ...(lacks(athena, ledger) ? [`Athena (${days(athena)})`] : []),
    ...(lacks(ledger, athena) ? [`the ledger (${days(ledger)})`] : []),
  ];
}

/** A copy without usage lines is infinitely old. */
const age = ({ days }: Copy): number => days ?? Infinity;
const oldest = (...copies: Copy[]): number => Math.max(...copies.map(age));
const isFresh = (copy: Copy): boolean => age(copy) <= LIMIT_DAYS;
const days = ({ days }: Copy): string => (days === null ? 'empty' : `${number(days)} days`);
