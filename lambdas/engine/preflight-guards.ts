import type { Answer } from '../domain/guard-answer.ts';
import { known, type Known } from '../domain/known.ts';
import type { Target } from '../domain/run-request.ts';
import { errorCause } from '../platform/error-cause.ts';
import { ATTEMPTS, type Attempt } from '../platform/journal.ts';
import { openRun, type Opened as OpenedOnRecord } from '../record/write.ts';
import { alarmAndMetric, evidenceSetsOf, isOrdered, settingOf, standingNow } from './collect-facts.ts';
import { trustOf } from './guards/facts.ts';
import { judge, refusal, tellAnswers } from './guards/judge.ts';
import { ledger } from './guards/ledger.ts';
import { step, type Noted, type RunContext } from './run-context.ts';
import { openingOf, refusedBy, type Begun, type Opened } from './run-state.ts';
import { checkUpstream, type Upstream } from './upstream.ts';

/** Opens the run, and asks the guards whether anything is to be diagnosed. */
export async function guardBeforeDiagnosing(run: RunContext, begun: Begun): Promise<Opened> {
  const { opened, answers } = await step(
    run,
    'guard:before-diagnosing',
    (attempt) => firstRound(run, begun, attempt),
    ({ answers }) => tellAnswers(answers),
  );
  const no = refusal(answers, 'diagnosis');
  // A rehearsal looks all the same, and tells what would keep it from acting; but not where nothing can be recorded.
  if (!no || (run.request.mode === 'dry-run' && opened.onRecord)) return opened;
  return { ...opened, end: refusedBy(no) };
}

interface FirstRound extends Noted {
  readonly opened: Opened;
  readonly answers: readonly Answer[];
}

/**
 * 1. Find out what the alarm is about, and whether the fault is a symptom of another one upstream.
 * 2. Open the run on record, in the incident of its cause, and have people called.
 * 3. Collect what the guards weigh.
 * 4. Ask them. Without the ledger people are called all the same, and only its own guard can be asked.
 */
async function firstRound(run: RunContext, begun: Begun, attempt: Attempt): Promise<FirstRound> {
  const now = run.now();
  const { target, upstream } = await locateTarget(run, begun, now, attempt);
  const { fault: cause, evidenceSets = [] } = upstream.ok ? upstream.value : {};
  const located = { target, openedAt: now.toISOString() };
  const caused = { ...located, ...(cause && { cause }) };

  const recorded = await attempt.known(() => openRun(run.pool(), openingOf(run, caused)));
  if (!recorded.ok) {
    await callPeople(run, unrecorded(run, { ...begun, ...located }), attempt);
    const away = `the ledger did not answer ${ATTEMPTS} times: ${recorded.why}`;
    const facts = { ...settingOf(run, now), ledger: known({ away }) };
    return {
      opened: { ...begun, ...located, onRecord: false, joined: false },
      answers: judge('before-diagnosing', facts, [ledger]),
      evidenceSets,
    };
  }
  const { incident, episode, otherRun, causeAttended: attended } = recorded.value;
  await callPeople(run, recorded.value, attempt);

  const [ordered, standing, alarm] = await Promise.all([
    attempt.known(() => isOrdered(run)),
    attempt.known(() => standingNow(run, target, now)),
    attempt.known(() => alarmAndMetric(run, target, 'before-diagnosing', now)),
  ]);
  return {
    opened: {
      ...caused,
      incident,
      onRecord: true,
      joined: episode === undefined,
      ...(episode && { episode: episode.episode }),
      ...(standing.ok && {
        trust: trustOf(run.settings.limits, standing.value),
        inARow: standing.value.inARow,
      }),
    },
    answers: judge('before-diagnosing', {
      ...settingOf(run, now),
      ledger: known({ away: undefined }),
      ordered,
      upstream: upstream.ok ? known({ ...upstream.value, incident, attended }) : upstream,
      otherRun: known(otherRun),
      standing,
      alarm,
    }),
    evidenceSets: [...evidenceSets, ...evidenceSetsOf(alarm)],
    ledgerWrites: 1,
  };
}

/** In the last attempt with what could be found out. */
async function locateTarget(
  run: RunContext,
  { target }: Begun,
  now: Date,
  attempt: Attempt,
): Promise<{ readonly target: Target; readonly upstream: Known<Upstream> }> {
  const { request, playbook, settings, tools } = run;
  // What it is about is known, and whether that is over has nothing to do with what lies upstream.
  if (request.cause.kind === 'recovery')
    return { target, upstream: known({ fault: undefined, healthy: [], evidenceSets: [] }) };
  // A guard's figures are told to people, and a probe's error may quote what it read: only its kind is told.
  const kindOf = (error: Error): string => errorCause(String(error));
  const located = await attempt.known(async () => {
    const worst = request.target ? undefined : await playbook.locate?.({ now, settings, tools });
    return worst ?? target;
  }, kindOf);
  if (!located.ok) return { target, upstream: located };
  const found = located.value;
  return {
    target: found,
    upstream: await attempt.known(() => checkUpstream(playbook.id, found, now, run), kindOf),
  };
}

type ToCall = Pick<OpenedOnRecord, 'incident' | 'episode' | 'wakes'>;

/** The incident has its name from the run, before it is on record. */
const unrecorded = (
  { request: { run, mode }, playbook, severity }: RunContext,
  { target, incident, openedAt }: Pick<Opened, 'target' | 'incident' | 'openedAt'>,
): ToCall => {
  const about = { incident, episode: 1, playbook: playbook.id, target, severity };
  const episode = { ...about, openedAt, openedByRun: run };
  return { incident, wakes: false, ...(mode === 'live' && { episode }) };
};

/** Of what was opened. In the last attempt a call that fails is left to the sweep, which calls again. */
async function callPeople(
  { calling }: RunContext,
  { incident, episode, wakes }: ToCall,
  attempt: Attempt,
): Promise<void> {
  await attempt.known(async () => {
    if (episode) await calling.call(episode);
    if (wakes) await calling.wake(incident);
  });
}
