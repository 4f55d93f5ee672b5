import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import type { Decision, DecisionOnRecord } from '../domain/decision.ts';
import type { Known } from '../domain/known.ts';
import { breakerLimit, type RunEnding } from '../domain/run-record.ts';
import { askingOf } from '../notifications/call-to-action.ts';
import type { Notification } from '../notifications/notify.ts';
import { tellError } from '../platform/tell-error.ts';
import { log } from '../platform/log.ts';
import { askAnchor } from '../record/audit/ask-anchor.ts';
import { endRun } from '../record/write.ts';
import { parseFinding } from './run-probes.ts';
import { noticeOf, type Topic } from './messages.ts';
import { openingOf, type RunContext } from './run-context.ts';
import { NothingNew } from './nothing-new.ts';
import { checkedBy, unanswered } from './news.ts';
import { UnprovenOrder } from './unproven-order.ts';
import type { EndedRun, RunResult, RunState } from './run-state.ts';
import { notifyPeople } from './notify-people.ts';
import { pausesOver } from '../platform/journal.ts';
import { LATE_RECORD_SECONDS, type Settings } from '../platform/settings.ts';

/** The durable execution's answer: enough to find the rest in the record. */
export interface Concluded extends RunResult {
  readonly run: string;
  readonly incident: string;
  readonly operations: number;
}

/** Remembers how far the run has come, so that it is reported and recorded even if the next stage fails. */
export type Reach = <Link extends RunState>(link: Link) => Link;

/** How long a message is retried before the dead-letter queue takes over. */
const LATE_MESSAGE_SECONDS = 3_600;

/**
 * However the stages end, people are notified, then the record is written, including whether they
 * were. What fails is retried while the run is suspended.
 */
export async function concludeAfter(
  run: RunContext,
  stages: (reach: Reach) => Promise<RunResult>,
): Promise<Concluded> {
  const ended = await endOf(run, stages);
  const { incident, end } = ended;
  const notice = noticeOf(run, ended);
  const message = notice.message();
  /** With the call to action for the topic's readers, as of the moment of sending. */
  const completeFor = async ({ name: recipient }: Topic): Promise<Notification> => {
    if (!notice.asksForPeople) return message;
    return notice.message(await askingOf({ incident, recipient, severity: notice.severity }, run));
  };
  const undelivered: Topic[] = [];
  for (const topic of notice.topics) {
    const complete = (): Promise<Notification> => completeFor(topic);
    if (!(await notifyPeople(run, `notify:${topic.name}`, topic.arn, message, complete)))
      undelivered.push(topic);
  }
  const { endedAt, written } = await record(run, ended);
  const changed = written.ok ? written.value : [];
  const told = heldAgainst(end, changed);
  // People were told of an outcome that rests on other evidence.
  if (told.why !== end.why) {
    const { name, arn } = notice.topics[0] ?? { name: 'sre', arn: run.settings.topics.sre };
    await notifyPeople(run, `notify:${name}:evidence`, arn, noticeOf(run, { ...ended, end: told }).message());
  }
  const lost: string[] = [];
  for (const topic of undelivered)
    if (!(await tellLate(run, topic, message, () => completeFor(topic)))) lost.push(topic.name);
  if (!written.ok) await recordLate(run, ended, endedAt);
  // Ends the execution as FAILED: the dead-letter queue keeps the request, and its alarm calls people.
  if (lost.length > 0)
    throw new Error(`nobody could be notified through ${lost.join(' and ')}: ${message.subject}`);
  return { run: run.request.run, incident, ...told, operations: run.journal.operations };
}

async function endOf(run: RunContext, stages: (reach: Reach) => Promise<RunResult>): Promise<EndedRun> {
  let state: RunState = run.begun;
  try {
    const end = await stages((link) => {
      state = link;
      return link;
    });
    return { ...state, end };
  } catch (error) {
    if (error instanceof UnprovenOrder || error instanceof NothingNew) throw error;
    // A programming error or a probe that never answered: nothing more is tried, and people are notified.
    const { name, cause } = error as Error;
    // Of a step's error the SDK keeps name and message, as the cause of its own.
    const told = name === 'StepError' && cause !== undefined ? cause : error;
    const why = `the run itself failed: ${tellError(told as Error)}`;
    return { ...state, end: { outcome: 'failed', why } };
  }
}

/** An outcome that rests on evidence which is not what was seen is none. */
function heldAgainst(end: RunResult, changed: readonly string[]): RunResult {
  const news = changed.filter((one) => !end.why.includes(one));
  if (news.length === 0) return end;
  const good = ['resolved', 'self-healed', 'rehearsed'].includes(end.outcome);
  const why = [end.why, ...news].join('; ');
  return { ...end, why, ...(good && { outcome: 'inconclusive' as const }) };
}

/** All but the moment. The count includes the operation that writes it. */
function endingOf(run: RunContext, ended: EndedRun): Omit<RunEnding, 'endedAt'> {
  const { playbook, settings, journal, notes } = run;
  const {
    decision,
    findings,
    effect,
    fence,
    end: { outcome, why, lookAgainAt, then },
  } = ended;
  const about = aboutOf(run, ended);
  return {
    ...(about && { about }),
    ...(then?.kind === 'next' && { isOver: true }),
    outcome,
    why,
    ...(lookAgainAt !== undefined && { lookAgainAt }),
    ...(fence === undefined && { nothingBegan: true as const }),
    ...(then?.kind === 'join' && { joinedRun: then.run }),
    ...(then?.kind === 'wait-for' && { waitsFor: { incident: then.incident } }),
    steps: journal.steps,
    guards: notes.answers,
    operations: journal.operations + 1,
    ledgerWrites: notes.ledgerWrites + 1,
    ...(decision && { decision: onRecord(decision, playbook) }),
    ...(findings && { finding: findings.finding }),
    ...(effect && { impact: effect }),
    breaker: breakerLimit(playbook, settings.limits),
  };
}

/** What a later check of the alarm compares with; nothing of a run that says nothing of its target. */
function aboutOf(run: RunContext, ended: EndedRun): RunEnding['about'] {
  const { cause, mode } = run.request;
  const { decision, findings, end } = ended;
  if (mode !== 'live' || cause.kind === 'recovery' || cause.kind === 'undo' || end.then?.kind === 'join')
    return;
  const severity = noticeOf(run, ended).severity;
  if (!findings) return { concerns: null, repeats: false, severity };
  const { concerns, repeats } = decision
    ? checkedBy(run.playbook, parseFinding(run.playbook, findings.finding), decision)
    : unanswered(findings.failed);
  return { concerns, repeats, severity };
}

const onRecord = (decision: Decision, { branches }: AnyPlaybook): DecisionOnRecord => {
  const row = branches[decision.branch];
  return { ...decision, ...(row && { row }) };
};

function record(
  run: RunContext,
  ended: EndedRun,
): Promise<{ endedAt: string; written: Known<readonly string[]> }> {
  const ending = endingOf(run, ended);
  return run.journal.repeatable(
    'record',
    async ({ isLast, known }) => {
      const endedAt = run.now().toISOString();
      return { endedAt, written: await known(() => write(run, ended, { ...ending, endedAt }, isLast)) };
    },
    ({ written }) => ({ tell: written.ok ? 'on record' : `not on record yet: ${written.why}` }),
  );
}

/**
 * @returns what of the evidence is not what was seen @param withoutEvidence if the bucket does not give the evidence, record the rest without it
 */
async function write(
  run: RunContext,
  ended: EndedRun,
  ending: RunEnding,
  withoutEvidence: boolean,
): Promise<readonly string[]> {
  const { request, evidence, notes, pool, calling, tools, settings } = run;
  const { incident } = ended;
  const bodies = notes.evidenceSets;
  const { records, changed } = await evidence.load(bodies).catch((error: unknown) => {
    if (!withoutEvidence) throw error;
    log.error('recorded without its evidence', { run: request.run, error });
    return { records: [], changed: [] };
  });
  const opening = openingOf(run, { openedAt: ending.endedAt, ...ended });
  const { outcome, why } = heldAgainst(ended.end, changed);
  const isOver = ending.isOver === true && why === ended.end.why;
  await endRun(pool(), opening, { ...ending, isOver, outcome, why, bodies }, records);
  if (request.mode !== 'live') return changed;
  // The escalation learns of the end now, not at its next deadline.
  await calling.wake(incident).catch((error: unknown) => {
    log.warn('the escalation could not be woken', { incident, error });
  });
  // From now on the outcome can be checked against the audit. If this fails, the day's anchor does it
  // later.
  try {
    await askAnchor(tools, settings, { chain: incident });
  } catch (error) {
    log.warn('the outcome could not be anchored', { incident, error });
  }
  return changed;
}

async function tellLate(
  { journal, settings, notify }: RunContext,
  { name, arn }: Topic,
  { subject }: Notification,
  complete: () => Promise<Notification>,
): Promise<boolean> {
  const told = await journal.poll<boolean>(
    `notify:${name}:late`,
    async () => notify(arn, await complete()).then(() => true),
    {
      done: (told) => told,
      pauses: retrying(LATE_MESSAGE_SECONDS, settings),
      told: () => ({ tell: `notified, late: ${subject}`, detail: { delivery: 'delivered', subject } }),
      detailOfNone: { delivery: 'failed' },
    },
  );
  return told ?? false;
}

const retrying = (seconds: number, { pace: { recordRetry } }: Settings): readonly number[] =>
  pausesOver((Math.ceil(seconds / recordRetry) - 1) * recordRetry, recordRetry);

/** The ledger is unavailable: the run waits until it can be recorded. */
async function recordLate(run: RunContext, ended: EndedRun, endedAt: string): Promise<void> {
  const ending = { ...endingOf(run, ended), endedAt };
  const written = await run.journal.poll<boolean>(
    'record:late',
    () => write(run, ended, ending, true).then(() => true),
    {
      done: (written) => written,
      pauses: retrying(LATE_RECORD_SECONDS, run.settings),
      told: () => ({ tell: 'recorded, late' }),
    },
  );
  if (!written)
    throw new Error(`the run ended ${ending.outcome}, and its record could not be written for 6 days`);
}
