import { duration, list } from '../../domain/words.ts';
import { DAY_MS } from '../../domain/milliseconds.ts';
import * as z from 'zod';
import { awaitDelivery } from '../actions/await-delivery.ts';
import { awaitIngestion } from '../actions/await-ingestion.ts';
import { startIngestion } from '../actions/start-ingestion.ts';
import { deciding, stepName, type Severity } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { athenaAge, athenaCopy, ledgerAge, ledgerCopy } from '../probes/cost-copies.ts';
import { curDelivery, stateOf } from '../probes/cur-delivery.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { ingestionLog } from '../probes/error-logs.ts';
import { ingestionPermissions, type Doubt } from '../probes/ingestion-permissions.ts';
import type { LogErrors } from '../probes/log-probe.ts';
import { ingestionRuns, isUnfinished, type IngestionRun } from '../probes/ingestion-runs.ts';
import { monthCosts, openMonthsCosts } from '../probes/month-costs.ts';
import { periodState } from '../probes/period-state.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { changeableMonth } from './closed-period.ts';
import { alarmOn } from './alarm-on.ts';
import { age, checkCosts, LIMIT_DAYS, unhealthyMonths, type Unhealthy } from './cur-freshness-months.ts';
import { definePlaybook } from './definition.ts';

/** From here on FinOps works with wrong figures. */
const CRITICAL_DAYS = 4;
/** The runbook's limit for a hung ingestion. */
const HUNG_MINUTES = 30;

const WATCH_DELIVERY =
  'Watch the delivery itself: an alarm on a missing or incomplete manifest, before freshness suffers, and a contact at AWS for the report';
const WATCH_NIGHTLY_LOAD =
  'Find out why the nightly load did not run or failed, and let it be tried again by its own schedule';
const MONTH = changeableMonth('its costs are never loaded again');

const { branches, act, leave, escalate } = deciding({
  ...MONTH.branches,
  fresh: {
    when: `the newest usage in both copies is at most ${LIMIT_DAYS} days old, both hold the newest delivery of each earlier month that is not closed, and they agree`,
    then: 'nothing',
  },
  'not-delivered': {
    when: 'AWS has delivered nothing for the period, or only empty files, or a manifest that cannot be read',
    then: "a person: check the report's definition and the account link",
    prevention: WATCH_DELIVERY,
  },
  'incomplete-delivery': {
    when: 'the delivery has no manifest, is missing files that the manifest names, or AWS has stopped writing it half-way',
    then: 'a person: ask AWS for the delivery',
    prevention: WATCH_DELIVERY,
  },
  hung: {
    when: `an ingestion has been running for more than ${HUNG_MINUTES} minutes`,
    then: 'a person: check the job',
    prevention: 'Give the ingestion job a time-out below its 30 minutes, so that it fails instead of hanging',
  },
  'permission-missing': {
    when: "the job's role is missing a permission, and the job has not succeeded within a day; or IAM does not know, and the job itself was denied access",
    then: 'a person: restore it',
    prevention:
      'Keep the permissions of the ingestion job in code, with a check at deployment that they are all there',
  },
  'in-progress': {
    when: `an ingestion has been running for at most ${HUNG_MINUTES} minutes`,
    then: 'wait for it',
    repeats: true,
  },
  'being-delivered': {
    when: 'AWS is writing the report at this moment: files are newer than its manifest, or AWS itself says so',
    then: 'wait until it has ended, then load the period',
    prevention: WATCH_NIGHTLY_LOAD,
  },
  'late-delivery': {
    when: 'both copies hold every newest delivery, whose own newest usage is too old; or the delivery is older than what is loaded',
    then: 'a person: ask AWS for a newer delivery; loading this one would change nothing, or lose costs',
    prevention: WATCH_DELIVERY,
  },
  'failed-before': {
    when: 'the last ingestion failed, and none of the causes above is there now',
    then: 'load the period',
    prevention: WATCH_NIGHTLY_LOAD,
  },
  'copies-differ': {
    when: 'the copies of a month differ from each other, or from what was loaded: lines are missing, doubled or changed',
    then: 'load that month again; a person: check what changed the lines, if it happens again',
    prevention: 'Let the ingestion job alone write to fact_cost_raw, and compare both copies after each load',
  },
  'not-loaded': {
    when: 'otherwise: the delivery is complete but not in both copies',
    then: 'load the period, and each other month that is not loaded either, the earlier first',
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
      title: 'costs are[ # days] old',
      unit: 'days',
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
    months: openMonthsCosts,
  },

  branches,
  decide({ period, delivery, athena, ledger, log, runs, permissions, months }, { target, now }) {
    const severity: Severity = Math.max(age(athena), age(ledger)) > CRITICAL_DAYS ? 'SEV-2' : 'SEV-3';
    const month = target.period;
    const refused = MONTH.refuse({ month, state: period, severity }, escalate);
    if (refused) return refused;
    // As this run has seen it, for the target's may have come since.
    const costs = {
      athena,
      ledger,
      months: months.map((one) => (one.period === month ? { ...one, delivery } : one)),
    };
    const unhealthy = unhealthyMonths(costs, now);
    const { summary } = checkCosts(costs, month, now);
    if (unhealthy.length === 0) return leave('fresh', `both copies are fresh: ${summary}`);

    // The target's own fault is named first.
    const ours = [...unhealthy].sort((a, b) => Number(b.period === month) - Number(a.period === month));
    const loads = unhealthy.filter(({ blocked }) => !blocked);
    // What is old in itself may become fresh by a later month's load.
    const helped = (one: Unhealthy): boolean =>
      !one.differs && one.notLoadedIn.length === 0 && loads.some(({ period }) => period > one.period);
    const blocks = ours.flatMap((one) => (helped(one) ? [] : (one.blocked ?? [])));
    const blocked = list(blocks.map(({ why }) => why));
    const [first] = blocks;
    const waitsForAws = blocks.every(({ branch }) => branch !== 'late-delivery');
    if (loads.length === 0 && first && waitsForAws) return escalate(first.branch, blocked, severity);

    const running = runs.find(isUnfinished);
    if (running && running.minutes > HUNG_MINUTES) {
      return escalate(
        'hung',
        `ingestion run ${running.id} hangs: ${running.state} for ${duration(Math.round(running.minutes) * 60)}, limit ${HUNG_MINUTES} minutes`,
        severity,
      );
    }
    const denied = believedDenials(permissions, runs, log, now);
    if (denied.length > 0) {
      return escalate(
        'permission-missing',
        `the ingestion job's role is missing ${denied.map(({ permission, because }) => `${permission} (${because})`).join(' and ')}`,
        severity,
      );
    }
    const handOff = first && { handOff: { why: blocked, severity } };
    if (running) {
      const loaded = running.period ?? month;
      const left = loads.filter(({ period }) => period !== loaded).map(({ period }) => period);
      const whose = loaded === month ? '' : ` of ${loaded}`;
      const then = left.length > 0 ? `, then load ${list(left)}` : '';
      const why = `an ingestion${whose} has been in progress for ${duration(Math.round(running.minutes) * 60)}: wait for it${then}`;
      const wait = { action: awaitIngestion.name, params: { jobRunId: running.id } };
      return act(
        'in-progress',
        why,
        [wait, ...loads.filter(({ period }) => period !== loaded).flatMap(loadOf)],
        first?.branch === 'late-delivery' ? {} : handOff,
      );
    }
    if (loads.length === 0) return escalate('late-delivery', blocked, severity);
    const writing = loads.flatMap(({ beingWritten }) => beingWritten ?? []);
    if (writing.length > 0) {
      const why = `${list(writing)}: wait for its end, then load ${list(loads.map(({ period }) => period))}`;
      return act('being-delivered', why, loads.flatMap(loadOf), handOff);
    }

    const mine = loads.find(({ period }) => period === month);
    const last = runs.find((run) => run.period === month || run.period === null);
    const hasFailed = last?.state === 'FAILED';
    const because = hasFailed
      ? `the last ingestion failed (${errorCause(last.error)}) and its role has what it needs now`
      : mine?.differs
        ? mine.tell
        : mine
          ? `the delivery is complete but not in ${mine.notLoadedIn.join(' and ')}`
          : (ours.find(({ period }) => period === month)?.tell ?? `${month} is as it should be`);
    const said = log.accessDenied > 0 ? `; the log's ${log.accessDenied} AccessDenied are history` : '';
    const also = loads.filter((one) => one !== mine);
    const differing = also.filter(({ differs }) => differs).map(({ tell }) => `; ${tell}`);
    const behind = also.filter(({ differs }) => !differs).map(({ period }) => period);
    const more = behind.length > 0 ? `; the delivery of ${behind.join(' and ')} is not loaded either` : '';
    // The earlier first: across the turn of a month one load would leave a gap.
    return act(
      hasFailed ? 'failed-before' : loads.some(({ differs }) => differs) ? 'copies-differ' : 'not-loaded',
      `${because}${said}${differing.join('')}${more}`,
      loads.map(({ period }) => load(period)),
      handOff,
    );
  },

  // Another delivery is worth another load.
  concerns({ months }, decision) {
    const digestOf = (period: string | undefined) =>
      months.find((one) => one.period === period)?.delivery.digest ?? '';
    const steps = decision.kind === 'act' ? decision.plan : [];
    const forPeople = decision.kind === 'escalate' || (decision.kind === 'act' && decision.handOff);
    const partial = months.filter(({ delivery }) =>
      ['not-delivered', 'incomplete'].includes(stateOf(delivery)),
    );
    return [
      ...steps.map((step) => `${stepName(step)} ${digestOf(step.params['period'])}`),
      ...(forPeople ? [decision.branch, ...partial.map(({ period }) => `${period} is not delivered`)] : []),
    ];
  },
  actions: [startIngestion, awaitIngestion, awaitDelivery],
  withoutApproval: {
    [startIngestion.name]:
      'The delivery is complete and AWS’s own, the period is not closed, and no other ingestion is at work; what it replaces is an older delivery of the same month, or lines that differ from it.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { athena: athenaAge, ledger: ledgerAge, months: openMonthsCosts },
    check: (finding, { target, now }) => checkCosts(finding, target.period, now),
  },
  // A job on one month waits for the costs of that month alone.
  asCause: {
    probes: { athena: athenaAge, ledger: ledgerAge, months: monthCosts },
    check: (finding, { target, now }) => checkCosts(finding, target.period, now),
  },
});

/**
 * What the simulation says of the role, as far as the job does not show otherwise: it knows neither bucket policies nor
 * what a condition would see. Of what is unknown to it, the job's own AccessDenied is needed as well.
 */
function believedDenials(
  doubts: readonly Doubt[],
  runs: readonly IngestionRun[],
  { accessDenied }: Pick<LogErrors, 'accessDenied'>,
  now: Date,
): readonly Doubt[] {
  const last = runs.find((run) => !isUnfinished(run));
  const hasSucceeded = last?.state === 'SUCCEEDED';
  const shown = hasSucceeded && now.getTime() - Date.parse(last.startedAt) <= DAY_MS;
  const wasDenied = !hasSucceeded && (accessDenied > 0 || errorCause(last?.error ?? null) === 'AccessDenied');
  return doubts.filter(({ verdict }) => (verdict === 'missing' ? !shown : wasDenied));
}

const load = (period: string) => ({ action: startIngestion.name, params: { period } });

/** What AWS is writing is loaded when it has ended: a load meanwhile would mix two deliveries. */
const loadOf = ({ period, beingWritten }: Unhealthy) =>
  beingWritten === undefined
    ? [load(period)]
    : [{ action: awaitDelivery.name, params: { period } }, load(period)];
