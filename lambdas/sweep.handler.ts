import { DAY_MS, MINUTE_MS } from './domain/milliseconds.ts';
import { createLinks } from './notifications/acknowledge-link.ts';
import { askAnchor } from './record/audit/ask-anchor.ts';
import { createStart } from './intake/start/start-run.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { playbooks } from './catalog/playbooks/registry.ts';
import { createCalling } from './record/start-escalation.ts';
import { orderKeys } from './platform/order.ts';
import { log } from './platform/log.ts';
import { openEpisodes, type Episode } from './record/incidents.ts';
import { announceUnsent } from './notifications/announce.ts';
import { notify } from './notifications/notify.ts';
import { settingsFromEnvironment } from './platform/settings.ts';
import { failCrashedRuns } from './intake/sweep/crashed-runs.ts';
import { compareShadows } from './intake/sweep/shadow.ts';
import { chooseCauses } from './intake/sweep/causes.ts';
import { chooseRecoveries } from './intake/sweep/recovery.ts';
import { silencedAlarms } from './intake/sweep/silenced.ts';
import { silencedNotice } from './intake/sweep/silenced-notice.ts';
import { chooseRuns } from './intake/sweep/sweep.ts';
import { isExisting } from './domain/instance.ts';
import { keptMeasurements } from './record/measurements.ts';
import { liveRunsSince } from './record/runs.ts';
import { waitedFor } from './record/waited-for.ts';
import { answersOf, transitionsSince } from './intake/sweep/transitions.ts';
import { keepAnswers, runsOfAlarmsSince } from './record/transitions.ts';
import type { RunRequest } from './domain/run-request.ts';
import { standingAlarms, standingOrders } from './intake/sweep/world.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const tools = readTools(pool, settings);
const signing = { door: 'sweep', keys: orderKeys(settings) } as const;
const start = createStart(tools, settings, signing);
const calling = createCalling(tools, pool, settings, signing);
const links = createLinks(settings);

/**
 * Alarms act on change only. The sweep compares alarms in ALARM with the record, and starts a run
 * where nobody works on them; it ends runs whose execution has crashed; and daily it anchors the
 * audit. Throws when the ledger is unavailable: the function's own alarm notifies people.
 */
export async function handler(): Promise<{ started: string[]; failed: string[] }> {
  const now = new Date();
  const ringing = await standingAlarms(await tools.cloudwatch(), settings);
  const measurements = await keptMeasurements(pool());
  const { account, region } = settings;
  const silenced = silencedAlarms({
    now,
    // Of an alarm that the account had before, only its owner knows when it ought to stand.
    playbooks: playbooks.map(({ id, alarms }) => ({
      id,
      alarms: alarms.filter(({ name }) => !isExisting(name, settings)),
    })),
    standing: ringing,
    measurements,
    place: { account, region },
  });
  const standing = [...ringing, ...silenced];
  // A day back, or to the oldest standing alarm.
  const oldest = Math.min(
    now.getTime() - DAY_MS,
    ...standing.map(({ alarm }) => Date.parse(alarm.changedAt)),
  );
  const runs = await liveRunsSince(pool(), new Date(oldest));

  const failed = await failCrashedRuns(
    runs.filter(({ endedAt }) => endedAt === null),
    now,
    { settings, tools, pool, links },
  );
  const left = runs.map((run) =>
    failed.includes(run.run) ? { ...run, endedAt: now, outcome: 'failed' as const } : run,
  );
  const ordersOf = await standingOrders(pool(), settings);
  const chosen = chooseRuns({ now, standing, runs: left, ordersOf });
  for (const { alarm, reason } of chosen.skipped) log.info('left alone', { alarm, reason });
  const episodes = await openEpisodes(pool());
  const failures = await callForAll(episodes);
  const begun = [
    ...chosen.start,
    ...chooseRecoveries(episodes, { now, standing, runs: left }),
    ...chooseCauses(await waitedFor(pool()), { now, standing, ordersOf }),
  ];
  for (const request of begun) {
    const lie = silenced.find(({ alarm }) => 'alarm' in request.cause && request.cause.alarm === alarm);
    if (lie)
      await notify(settings.topics.sre, silencedNotice(lie, request.run, settings)).catch(
        (error: unknown) => {
          log.error('people could not be notified of a silent alarm', { alarm: lie.alarm.name, error });
        },
      );
    try {
      await start(request);
      log.info('started a run that nobody else starts', { run: request.run, cause: request.cause.kind });
    } catch (error) {
      log.error('a run could not be started', { run: request.run, error });
      failures.push(error);
    }
  }
  await answerTransitions(now, [...chosen.start], chosen.skipped).catch((error: unknown) => {
    log.error('what became of the alarms could not be recorded', { error });
    failures.push(error);
  });
  await announceUnsent(pool(), { settings, notify, now }).catch((error: unknown) => {
    log.error('orders could not be announced', { error });
    failures.push(error);
  });
  const compared = await compareShadows(pool(), standing, settings, now);
  for (const one of compared) log.info('compared a rehearsal with what people did', { ...one });
  // Last: if it fails, the sweep fails with everything else done.
  const [anchor] = await askAnchor(tools, settings, {});
  if (anchor !== undefined) log.info("anchored the day's audit", { key: anchor });
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} run(s), escalation(s) or announcement(s) failed`);
  return { started: begun.map(({ run }) => run), failed };
}

/** Of the last day: what a person asks about with `why <alarm>`. */
async function answerTransitions(
  now: Date,
  started: readonly RunRequest[],
  skipped: ReturnType<typeof chooseRuns>['skipped'],
): Promise<void> {
  const since = new Date(now.getTime() - DAY_MS);
  const alarms = new Set(playbooks.flatMap((playbook) => playbook.alarms.map(({ name }) => name)));
  const transitions = await transitionsSince(await tools.cloudwatch(), alarms, since, settings);
  const begun = started.flatMap(({ run, cause }) =>
    'alarm' in cause ? [{ run, alarm: cause.alarm.name }] : [],
  );
  const runs = await runsOfAlarmsSince(pool(), new Date(since.getTime() - MINUTE_MS));
  await keepAnswers(pool(), answersOf({ transitions, runs, begun, skipped }), now);
}

/** Somebody must be called for all that is open; where that is in progress, a call changes nothing. */
async function callForAll(episodes: readonly Episode[]): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const episode of episodes) {
    await calling.call(episode).catch((error: unknown) => {
      log.error('an escalation could not be started', { incident: episode.incident, error });
      failures.push(error);
    });
  }
  return failures;
}
