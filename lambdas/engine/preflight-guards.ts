import type { Answer } from '../domain/guard-answer.ts';
import { known, type Known } from '../domain/known.ts';
import { aboutWords, type Target } from '../domain/run-request.ts';
import { causeOf } from '../platform/tell-error.ts';
import { ATTEMPTS, type Attempt } from '../platform/journal.ts';
import { log } from '../platform/log.ts';
import { UnprovenOrder } from './unproven-order.ts';
import type { LastEnd } from '../record/last-ends.ts';
import { isIncidentOf } from '../record/incidents.ts';
import { auditRefusedOrder } from '../record/orders.ts';
import { isRunOf } from '../record/runs.ts';
import { openRun, type Opened as OpenedOnRecord } from '../record/write.ts';
import { chooseTarget, justLeftToPeople } from './choose-target.ts';
import { alarmAndMetric, evidenceSetsOf, isOrdered, settingOf } from './collect-facts.ts';
import { trustOf } from './guards/facts.ts';
import { judge, refusal, tellAnswers } from './guards/judge.ts';
import { ledger } from './guards/ledger.ts';
import { NothingNew } from './nothing-new.ts';
import { openingOf, type Noted, type RunContext } from './run-context.ts';
import { refusedBy, type Ended, type Opened } from './run-state.ts';
import { checkUpstream, type Upstream } from './upstream.ts';

/** Opens the run, and checks whether it may diagnose. */
export async function guardBeforeDiagnosing(run: RunContext): Promise<Opened | Ended<Opened>> {
  const round = await run.step<FirstRound | Unproven | Quiet>(
    'guard:before-diagnosing',
    async (attempt) => {
      const no = await unproven(run, attempt);
      if (no) await auditUnproven(run, no.fault);
      return no ?? firstRound(run, attempt);
    },
    (value) =>
      'fault' in value
        ? { tell: value.fault }
        : 'nothingNew' in value
          ? { tell: value.nothingNew }
          : tellAnswers(value.answers),
  );
  if ('nothingNew' in round) throw new NothingNew(round.nothingNew);
  if ('fault' in round) throw new UnprovenOrder(`run ${run.request.run} is not executed: ${round.fault}`);
  const { opened, answers } = round;
  const no = refusal(answers, 'diagnosis');
  // A rehearsal goes on and reports what would stop it, unless nothing can be recorded.
  if (!no || (run.request.mode === 'dry-run' && opened.onRecord)) return opened;
  return { ...opened, end: refusedBy(no) };
}

interface Unproven extends Noted {
  readonly fault: string;
}

/** A standing alarm, and people know of everything behind it. */
interface Quiet extends Noted {
  readonly nothingNew: string;
}

/**
 * Before anything else: nothing is recorded, and nobody called, for an order that is not ours. In the run's first step, so
 * that a key that is replaced later does not stop it.
 */
async function unproven(run: RunContext, attempt: Attempt): Promise<Unproven | undefined> {
  const { orderFault, request, begun, pool } = run;
  const found = await attempt.known(orderFault);
  if (!found.ok) return { fault: `whether its order is ours can't be checked: ${found.why}` };
  if (found.value !== undefined) return { fault: found.value };
  const { cause, playbook } = request;
  const about = { playbook, target: begun.target };
  const [what, isOfIt] =
    'incident' in cause
      ? ([`incident ${cause.incident}`, () => isIncidentOf(pool(), cause.incident, about)] as const)
      : cause.kind === 'undo' || cause.kind === 'replay'
        ? ([`run ${cause.of}`, () => isRunOf(pool(), cause.of, about)] as const)
        : [];
  if (!isOfIt) return undefined;
  const fits = await attempt.known(isOfIt);
  // Without the ledger its guard refuses, and the record does not take a run that does not fit.
  if (!fits.ok || fits.value) return undefined;
  return { fault: `${what} is none of ${aboutWords(playbook, begun.target)}` };
}

/** Also in the dead letters, where the ledger does not take it. */
async function auditUnproven({ request, pool, now }: RunContext, fault: string): Promise<void> {
  const { run: id, mode } = request;
  const executor = mode === 'live' ? 'run' : 'rehearsal';
  await auditRefusedOrder(pool(), { executor, id, fault, at: now() }).catch((error: unknown) =>
    log.error('a refused order could not be audited', { run: id, fault, error }),
  );
}

interface FirstRound extends Noted {
  readonly opened: Opened;
  readonly answers: readonly Answer[];
}

/**
 * 1. Find out what the alarm is about, and whether the fault is a symptom of another one upstream.
 * 2. Open the run on record, in the incident of its cause, and have people called, also without the ledger.
 * 3. Collect what the guards weigh, and ask them. Without the ledger only its own guard can be asked.
 */
async function firstRound(run: RunContext, attempt: Attempt): Promise<FirstRound | Quiet> {
  const { begun, pool, settings } = run;
  const now = run.now();
  const found = await locateTarget(run, now, attempt);
  if ('nothingNew' in found) return found;
  const { target, last, upstream } = found;
  const { fault: cause, evidenceSets = [] } = upstream.ok ? upstream.value : {};
  const located = { target, openedAt: now.toISOString(), ...(cause && { cause }), ...(last && { last }) };

  const recorded = await attempt.known(() => openRun(pool(), openingOf(run, located)));
  const { incident, episode, wakes } = recorded.ok ? recorded.value : unrecorded(run, located);
  // In the last attempt, a call that fails is left to the sweep, which calls again.
  await attempt.known(async () => {
    if (episode) await run.calling.call(episode);
    if (wakes) await run.calling.wake(incident);
  });

  const setting = settingOf(run, now);
  if (!recorded.ok) {
    const away = `the ledger failed ${ATTEMPTS} times: ${recorded.why}`;
    const opened = { ...begun, ...located, onRecord: false, joined: false };
    const answers = judge('before-diagnosing', { ...setting, ledger: known({ away }) }, [ledger]);
    return { opened, answers, evidenceSets };
  }
  const { otherRun, causeAttended: attended, known: incidentKnown, standing } = recorded.value;
  const isKnown = otherRun === undefined && episode === undefined;
  const [ordered, justLeft, alarm] = await Promise.all([
    attempt.known(() => isOrdered(run)),
    attempt.known(async () => (isKnown ? justLeftToPeople(run, target, now) : undefined), causeOf),
    attempt.known(() => alarmAndMetric(run, target, 'before-diagnosing', now)),
  ]);
  const opened: Opened = {
    ...located,
    incident,
    onRecord: true,
    joined: episode === undefined,
    ...(incidentKnown && { known: incidentKnown }),
    ...(episode && { episode: episode.episode }),
    trust: trustOf(settings.limits, standing),
    inARow: standing.inARow,
  };
  const answers = judge('before-diagnosing', {
    ...setting,
    ledger: known({ away: undefined }),
    ordered,
    upstream: upstream.ok ? known({ ...upstream.value, incident, attended }) : upstream,
    otherRun: known(otherRun ?? (justLeft.ok ? justLeft.value : undefined)),
    standing: known(standing),
    alarm,
  });
  return { opened, answers, evidenceSets: [...evidenceSets, ...evidenceSetsOf(alarm)], ledgerWrites: 1 };
}

interface Located {
  readonly target: Target;
  readonly last?: Pick<LastEnd, 'outcome' | 'concerns'>;
  readonly upstream: Known<Upstream>;
}

/** The last attempt settles for what could be found out. */
async function locateTarget(run: RunContext, now: Date, attempt: Attempt): Promise<Located | Quiet> {
  const { request, playbook } = run;
  const { target } = run.begun;
  // The target is known, and recovery does not depend on what is upstream.
  if (request.cause.kind === 'recovery')
    return { target, upstream: known({ fault: undefined, healthy: [], evidenceSets: [] }) };
  // People read a guard's figures, and a probe's error may quote anything: only its kind is shown.
  const chosen = await attempt.known(() => chooseTarget(run, now), causeOf);
  if (!chosen.ok) return { target, upstream: chosen };
  if ('nothingNew' in chosen.value) return { nothingNew: chosen.value.nothingNew };
  const { target: found, last } = chosen.value;
  return {
    target: found,
    ...(last && { last: { outcome: last.outcome, concerns: last.concerns } }),
    upstream: await attempt.known(() => checkUpstream(playbook.id, found, now, run), causeOf),
  };
}

/** The incident has its name before the run is on record. */
const unrecorded = (
  { request: { run, mode }, playbook, severity, begun: { incident } }: RunContext,
  located: Pick<Opened, 'target' | 'openedAt'>,
): Pick<OpenedOnRecord, 'incident' | 'episode' | 'wakes'> => ({
  incident,
  wakes: false,
  ...(mode === 'live' && {
    episode: { ...located, incident, episode: 1, playbook: playbook.id, severity, openedByRun: run },
  }),
});
