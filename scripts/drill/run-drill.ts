import { differences, otherReasons } from '../../sandbox/as-expected.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { follow, settle } from '../../sandbox/scenario.ts';
import { costs } from './checks/cost.ts';
import { everyNotificationCounted } from './checks/counted.ts';
import { pagersAgree } from './checks/pagers.ts';
import { peopleNotified, topicOf } from './checks/people.ts';
import { allAnswered } from './checks/guards.ts';
import { askedAll, onRecord } from './checks/record.ts';
import type { Check } from './checks/seen.ts';
import { filesOf, goneWhereSaid, leftAlone, loadedExactly, startedOnce } from './checks/world.ts';
import { checkFinancialRules, violated } from './financial-rules.ts';
import { beginNotes } from './ledger-notes.ts';
import { ledgerState, type LedgerState } from './ledger-state.ts';
import { inWorldOfItsOwn, type DrillPlace } from './own-world.ts';
import { inShort, type DrillResult } from './result.ts';
import { recordedRuns } from './recorded-runs.ts';
import { statementOf, watchRights } from './used-rights.ts';

/** What else is done to a drill's world, and looked at in it. */
export interface DrillHooks {
  /** Once the world is broken. */
  readonly broken?: (sandbox: Sandbox) => void;
  readonly checks: readonly Check[];
}

/** Breaks a world of its own, and says everything that came of it. */
export function runDrill(
  fault: Fault,
  place: DrillPlace,
  hooks: DrillHooks = { checks },
): Promise<DrillResult> {
  const { without } = place;
  const work = async (sandbox: Sandbox) => {
    if (without !== undefined) {
      const { role, policy, statement } = statementOf(without);
      await sandbox.services.iam.removeStatement(role, policy, statement);
    }
    return drill(fault, sandbox, hooks);
  };
  return inWorldOfItsOwn(place, work, {
    isSound: ({ passed }) => passed && fault.kind !== 'platform' && without === undefined,
    limits: fault.limits,
    now: fault.now,
    pagers: fault.pagers,
  });
}

const checks: readonly Check[] = [
  peopleNotified,
  pagersAgree,
  everyNotificationCounted,
  costs,
  onRecord,
  askedAll,
  allAnswered,
  startedOnce,
  loadedExactly,
  goneWhereSaid,
  leftAlone,
];

async function drill(
  fault: Fault,
  sandbox: Sandbox,
  { broken, checks }: DrillHooks,
): Promise<Omit<DrillResult, 'seconds'>> {
  const rights = watchRights(sandbox);
  await settle(sandbox);
  const { messages } = sandbox.services.sns;
  const start = sandbox.clock.now().getTime();
  const files = filesOf(sandbox);
  let before: LedgerState | undefined;
  const earlier = new Set<string>();
  const result = await follow(sandbox, {
    ...fault,
    // What the fault itself has done is nobody's doing.
    async inject(world) {
      await fault.inject(world);
      await beginNotes(world.pool);
      before = await ledgerState(world.pool, files);
      for (const [id] of messages.entries()) earlier.add(id);
      broken?.(world);
    },
  });
  const seen = {
    fault,
    sandbox,
    result,
    before: before as unknown as LedgerState,
    after: await ledgerState(sandbox.pool, files),
    runs: await recordedRuns(
      sandbox.pool,
      result.runs.map(({ run }) => run),
    ),
    told: messages
      .entries()
      .filter(([id, { topicArn }]) => !earlier.has(id) && topicOf(topicArn) !== ALARMS)
      .map(([, message]) => message),
  };
  const rules = await checkFinancialRules({
    pool: sandbox.pool,
    before: seen.before,
    after: seen.after,
    told: seen.told.map((message) => ({ ...message, topic: topicOf(message.topicArn) })),
  });
  const checked = await Promise.all(checks.map(async (check) => check(seen)));
  const differs = [
    ...differences(fault, result),
    ...otherReasons(fault, result),
    ...violated(rules),
    ...checked.flat(),
    ...rights.silent().map((name) => `${name} has run and written no log`),
  ];
  return {
    name: fault.name,
    about: fault.about,
    kind: fault.kind,
    passed: differs.length === 0,
    brokeOff: false,
    differences: differs,
    expected: {
      runs: fault.runs.map(inShort),
      actions: fault.actions,
    },
    got: {
      runs: seen.runs.map(inShort),
      actions: result.actions,
    },
    metric: { name: fault.metric, ...result.metric },
    runs: seen.runs,
    told: seen.told.map(({ topicArn, subject, attributes }) => ({
      topic: topicOf(topicArn),
      event: attributes['event'],
      subject,
    })),
    rules,
    rights: rights.used(),
    minutes: Math.round((sandbox.clock.now().getTime() - start) / 60_000),
  };
}

/** CloudWatch's own messages. */
const ALARMS = 'commercial-ops-alarms';

/** A drill that has shown nothing, for it could not be run to its end. */
export const brokenOff = (
  { name, about, kind, runs, actions, metric }: Fault,
  error: string,
): DrillResult => ({
  name,
  about,
  kind,
  passed: false,
  brokeOff: true,
  differences: [`it broke off: ${error}`],
  expected: { runs: runs.map(inShort), actions },
  got: { runs: [], actions: [] },
  metric: { name: metric, before: null, after: null },
  runs: [],
  told: [],
  rules: [],
  rights: {},
  seconds: 0,
  minutes: 0,
});
