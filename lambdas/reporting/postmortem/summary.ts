import { businessFault, type BusinessFault } from '../../domain/fault-age.ts';
import { duration, exactMoment, list, moment, plural, readable } from '../../domain/words.ts';
import { auditKey } from '../../record/audit-keys.ts';
import type { Gathered, GatheredRun } from '../../record/gathered.ts';
import { fact, type Fact, type Sources } from './source.ts';

/** Within this the machine's repair of a SEV-2 leaves people nothing to complete: they may agree with the record. */
const AT_ONCE_SECONDS = 15 * 60;

/** Whether a person may sign by saying that the record is right. */
export const isRepairedAtOnce = ({ severity, closedBy, durations, runs }: Gathered): boolean =>
  severity === 'SEV-2' &&
  durations.toResolve <= AT_ONCE_SECONDS &&
  runs.some(({ run, outcome }) => run === closedBy && outcome === 'resolved');

interface Trigger {
  readonly alarm: string;
  readonly changedAt: string;
  readonly reason: string;
  readonly fault: BusinessFault | undefined;
}

/** The first alarm's change, and how long the business had the fault by then. */
export function triggerOf({ runs, playbook }: Pick<Gathered, 'runs' | 'playbook'>): Trigger | undefined {
  const changes = runs.flatMap(({ cause }) => ('alarm' in cause ? [cause.alarm] : []));
  const [first] = changes.sort((a, b) => (a.changedAt < b.changedAt ? -1 : 1));
  return (
    first && {
      alarm: first.name,
      changedAt: first.changedAt,
      reason: first.reason,
      fault: businessFault(playbook, first),
    }
  );
}

/** What happened, in one paragraph: what triggered it, who noticed, what was done, and how it ended. */
export function paragraphOf(gathered: Gathered, sources: Sources): Fact {
  const { episode } = gathered;
  const text = [found(gathered), acted(gathered), people(gathered), ended(gathered)].join(' ');
  return fact(
    text,
    sources.record,
    sources.audit(auditKey.opened(episode)),
    sources.audit(auditKey.resolved(episode)),
  );
}

function found({ openedAt, playbook, runs }: Gathered & { playbook: string }): string {
  const trigger = triggerOf({ runs, playbook });
  if (!trigger) return `A person's request or the sweep opened it at ${moment(openedAt)}.`;
  const { alarm, changedAt, reason, fault } = trigger;
  const since = fault ? ` The business had had the fault since ${moment(fault.began)}.` : '';
  return `At ${moment(changedAt)} the alarm ${alarm} went off: ${readable(reason).replace(/\.$/, '')}.${since}`;
}

const HELPED: Readonly<Record<string, string>> = {
  resolved: 'repaired it',
  ineffective: 'did not help',
  failed: 'failed',
  inconclusive: 'could not be shown to help',
};

function acted({ runs }: Gathered): string {
  const began = runs.filter(({ claimedAt }) => claimedAt !== null);
  if (began.length === 0) {
    const why = runs.find((run: GatheredRun) => run.why !== null)?.why;
    return `The responder changed nothing${why == null ? '' : `: ${readable(why).replace(/\.$/, '')}`}.`;
  }
  const how = began.map(({ outcome }) => HELPED[outcome ?? ''] ?? `ended ${outcome ?? 'without an outcome'}`);
  return began.length === 1
    ? `The responder acted once, which ${how[0] ?? ''}.`
    : `The responder acted ${began.length} times: one after the other it ${list(how)}.`;
}

function people({ told, acknowledgedBy, durations }: Gathered): string {
  const called = told.flatMap(({ message, recipient, toldAt }) =>
    message.kind === 'call' && toldAt !== null ? [{ recipient, toldAt }] : [],
  );
  const first = new Map<string, string>();
  for (const { recipient, toldAt } of called) if (!first.has(recipient)) first.set(recipient, toldAt);
  const names = [...first].map(([recipient, at]) => `${recipient} (${moment(at)})`);
  const calls = names.length === 0 ? 'Nobody was called' : `Called: ${list(names)}`;
  return durations.toAcknowledge === null
    ? `${calls}; nobody acknowledged it.`
    : `${calls}; ${acknowledgedBy ?? 'somebody'} acknowledged it after ${duration(durations.toAcknowledge)}.`;
}

const ended = ({ closedAt, closedBy, durations }: Gathered): string =>
  `It was over at ${exactMoment(closedAt)}, ${duration(durations.toResolve)} after it was opened, closed by ${closedBy ?? 'nobody that the record names'}.`;

/** `2 runs`, of which so many began to act. */
export const runsWords = ({ runs }: Gathered): string =>
  `${plural(runs.length, 'run')} worked on it, of which ${runs.filter(({ claimedAt }) => claimedAt !== null).length} began to act`;
