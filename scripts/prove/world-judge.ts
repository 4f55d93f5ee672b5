import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { KeptMessage } from '../../emulator/aws/sns.ts';
import { playbookOfAlarm } from '../../lambdas/catalog/playbooks/registry.ts';
import { foundNothingNew, runOf } from '../../sandbox/executions.ts';
import type { ObservedAction } from '../../sandbox/observed-actions.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { topicOf } from '../drill/checks/people.ts';
import { checkFinancialRules, violated } from '../drill/financial-rules.ts';
import type { LedgerState } from '../drill/ledger-state.ts';
import { wasGranted, type DrillRun } from '../drill/result.ts';
import { falselyHealthy, stillWrong } from '../drill/still-wrong.ts';

/** A world at rest, and how it came there. */
export interface AtRest {
  readonly sandbox: Sandbox;
  /** Whether it came to rest at all. */
  readonly ended: boolean;
  /** Once everything was broken, and now. */
  readonly before: LedgerState;
  readonly after: LedgerState;
  readonly runs: readonly DrillRun[];
  readonly told: readonly KeptMessage[];
  readonly actions: readonly ObservedAction[];
}

/** What must hold after any world, each by its name. */
const INVARIANTS: Readonly<Record<string, (world: AtRest) => Promise<string[]> | string[]>> = {
  'all ends once faults stop': allEnds,
  'what was acknowledged exists': acknowledgedExists,
  'what was reported never changes': reportedStands,
  'no outside call contradicts the journal': callsAreJournalled,
  'the financial rules': financialRules,
  'no false resolved': noFalseResolved,
  'nothing unhealthy without run, incident or person': ({ sandbox }) => nothingForgotten(sandbox),
};

/** @returns what is broken, in words */
export async function broken(world: AtRest): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, holds] of Object.entries(INVARIANTS))
    lines.push(...(await holds(world)).map((line) => `${name}: ${line}`));
  return lines;
}

async function allEnds({ sandbox, ended, runs }: AtRest): Promise<string[]> {
  const { rows: held } = await sandbox.pool.query<{ run_id: string }>(
    `select distinct run_id from responder.run left join responder.lock using (run_id)
     where acting or (resource is not null and released_at is null)`,
  );
  return [
    ...(ended ? [] : ['twelve hours after the last fault something still works']),
    ...runs.filter(({ outcome }) => outcome === null).map(({ run }) => `${run} has no outcome`),
    ...held.map(({ run_id }) => `${run_id} holds a lock`),
  ];
}

async function acknowledgedExists({ sandbox, runs, told }: AtRest): Promise<string[]> {
  const known = new Set(runs.map(({ run }) => run));
  const missing = sandbox.services.lambda
    .executionsOf('responder-runner')
    .filter((execution) => !foundNothingNew(execution) && !known.has(runOf(execution)))
    .map((execution) => `run ${runOf(execution)} was accepted, and is not on record`);
  const { rows: incidents } = await sandbox.pool.query<{ incident_id: string }>(
    'select incident_id from responder.incident',
  );
  const opened = new Set(incidents.map(({ incident_id }) => incident_id));
  const strange = told.flatMap(({ attributes, subject }) => {
    const { run, incident } = attributes;
    return (run === undefined || known.has(run)) && (incident === undefined || opened.has(incident))
      ? []
      : [`people heard "${subject}", of which nothing is on record`];
  });
  return [...missing, ...strange];
}

/** Messages that report an outcome, by their attribute `event`. */
const OUTCOMES = ['resolved', 'self-healed', 'refused', 'escalated', 'ineffective', 'inconclusive', 'failed'];

function reportedStands({ runs, told }: AtRest): string[] {
  return told.flatMap(({ attributes, topicArn }) => {
    const { event = '', run } = attributes;
    const outcome = runs.find((one) => one.run === run)?.outcome;
    if (!OUTCOMES.includes(event) || outcome === undefined || outcome === event) return [];
    return [`${topicOf(topicArn)} heard that ${run} is ${event}; on record it is ${outcome}`];
  });
}

/** Of each chain of the audit trail, its entries so far. */
export type Reported = ReadonlyMap<string, { readonly length: number; readonly digest: string }>;

const CHAIN = `
select chain, seq, previous, hash, concat_ws(E'\\n', key, at, kind, body) as entry
from responder.audit order by chain collate "C", seq`;

/** @throws when an entry that was there before is not there any more, is another one, or breaks its chain */
export async function reportedSoFar(pool: Pool, before: Reported): Promise<Reported> {
  type Entry = { chain: string; seq: number; previous: string; hash: string; entry: string };
  const { rows } = await pool.query<Entry>(CHAIN);
  const chains = Map.groupBy(rows, ({ chain }) => chain);
  const digest = (entries: readonly Entry[]): string =>
    createHash('sha256')
      .update(entries.map(({ hash, entry }) => `${hash} ${entry}`).join('\n'))
      .digest('hex');
  for (const [chain, { length, digest: wanted }] of before)
    if (digest((chains.get(chain) ?? []).slice(0, length)) !== wanted)
      throw new Error(
        `what was reported never changes: the first ${length} entries of ${chain} are others now`,
      );
  for (const [chain, entries] of chains)
    entries.forEach(({ seq, previous }, i) => {
      if (seq !== i + 1 || (i > 0 && previous !== entries[i - 1]?.hash))
        throw new Error(
          `what was reported never changes: entry ${seq} of ${chain} does not follow the one before`,
        );
    });
  return new Map(
    [...chains].map(([chain, entries]) => [chain, { length: entries.length, digest: digest(entries) }]),
  );
}

/** A call that changes something belongs to a run that was granted its locks, and to a step of its own. */
function callsAreJournalled({ runs, actions }: AtRest): string[] {
  const byRun = Map.groupBy(
    actions.filter(({ run }) => run !== undefined),
    ({ run }) => run ?? '',
  );
  return [...byRun].flatMap(([id, done]) => {
    const run = runs.find((one) => one.run === id);
    if (!run) return [`${id} did ${done.map(({ name }) => name).join(', ')}, and is not on record`];
    const steps = new Set(run.steps.flatMap((name) => /^(?:act|reconcile):(\d+):/.exec(name)?.[1] ?? []));
    if (!wasGranted(run)) return [`${id} did ${done[0]?.name} without a lock`];
    return done.length > steps.size
      ? [`${id} did ${done.map(({ name }) => name).join(', ')}, and its journal holds ${steps.size} actions`]
      : [];
  });
}

async function financialRules({ sandbox, before, after, told }: AtRest): Promise<string[]> {
  const messages = told.map((message) => ({ ...message, topic: topicOf(message.topicArn) }));
  return violated(await checkFinancialRules({ pool: sandbox.pool, before, after, told: messages }));
}

async function noFalseResolved({ sandbox, runs }: AtRest): Promise<string[]> {
  return falselyHealthy(runs, await stillWrong(sandbox));
}

export async function nothingForgotten(sandbox: Sandbox): Promise<string[]> {
  const { rows } = await sandbox.pool.query<{ playbook: string }>(
    'select distinct playbook from responder.incident where closed_at is null',
  );
  const attended = new Set(rows.map(({ playbook }) => playbook));
  const raised = sandbox.services.cloudwatch.alarms
    .all()
    .filter(({ state }) => state.value === 'ALARM')
    .map(({ settings }) => settings.name);
  const lines: string[] = [];
  for (const { playbook, period, what } of await stillWrong(sandbox))
    // A month that was closed a moment ago has a day for its invoices.
    if (!attended.has(playbook) && playbook !== 'invoice-lag')
      lines.push(`${playbook}: ${period ?? ''} ${what}, and no incident is open`);
  // One of a playbook's alarms may stand for all of them.
  for (const alarm of raised)
    if (!attended.has(playbookOfAlarm(alarm)?.id ?? ''))
      lines.push(`alarm ${alarm} stands, and no incident of its playbook is open`);
  return lines;
}
