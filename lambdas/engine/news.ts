import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { isMoreSevere, stepName, type Decision, type Severity } from '../domain/decision.ts';
import { DAY_MS, HOUR_MS } from '../domain/milliseconds.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { LastEnd } from '../record/last-ends.ts';

/** What one check of a target has found out, to be compared with what its last run ended with. Pure. */
export interface Checked {
  /** Names that stay the same while the fault does. */
  readonly concerns: readonly string[];
  /** Its row only says what an earlier run has done. */
  readonly repeats: boolean;
  readonly severity: Severity | undefined;
  /** Nothing needs doing. */
  readonly healthy: boolean;
}

export function checkedBy(playbook: AnyPlaybook, finding: unknown, decision: Decision): Checked {
  return {
    concerns: concernsOf(playbook, finding, decision),
    repeats: playbook.branches[decision.branch]?.repeats ?? false,
    severity: severityOf(decision),
    healthy: decision.kind === 'leave',
  };
}

/** Of probes that did not answer. */
export const unanswered = (failed: readonly string[]): Checked => ({
  concerns: failed.map((probe) => `no answer: ${probe}`),
  repeats: false,
  severity: undefined,
  healthy: false,
});

/** What the playbook says of itself; otherwise each action of the plan, and the row that leaves something to people. */
function concernsOf(playbook: AnyPlaybook, finding: unknown, decision: Decision): readonly string[] {
  const { kind, branch } = decision;
  if (kind === 'leave') return [];
  const own = playbook.concerns?.(finding as never, decision) ?? [];
  if (own.length > 0) return own;
  return kind === 'escalate'
    ? [branch]
    : [...decision.plan.map(stepName), ...(decision.handOff || decision.approval ? [branch] : [])];
}

/** What was decided, not what the alarm declares. */
const severityOf = (decision: Decision): Severity | undefined =>
  decision.kind === 'escalate'
    ? decision.severity
    : decision.kind === 'act'
      ? decision.handOff?.severity
      : undefined;

/** Whether there is something that the last run has not told people: another concern, a higher severity, or the end of it. */
export function isNews(
  { concerns, repeats, severity, healthy }: Checked,
  { concerns: before, severity: was, open }: LastEnd,
): boolean {
  if (healthy) return open;
  if (severity !== undefined && isMoreSevere(severity, was)) return true;
  return !repeats && before !== null && concerns.some((one) => !before.includes(one));
}

/** What of the last run's concerns still stands; undefined where the check cannot tell. */
export const standing = (
  { concerns, repeats }: Checked,
  { concerns: before }: LastEnd,
): readonly string[] | undefined =>
  repeats || before === null ? undefined : before.filter((one) => concerns.includes(one));

/** It left the fault to people: only news makes the responder act again, under their hands. */
export const isLeftToPeople = ({
  outcome,
  acted,
}: {
  readonly outcome: Outcome | null;
  readonly acted: boolean;
}): boolean => outcome !== 'refused' && outcome !== 'inconclusive' && (outcome !== 'failed' || acted);

/** From one hour to a day: what is refused for weeks does not fill the record. */
const LONGEST_PAUSE_MS = DAY_MS;

/** Whether a run that was refused, or could not tell, is to be tried again although nothing is new. */
export function isDue(last: LastEnd, now: Date): boolean {
  if (isLeftToPeople(last)) return false;
  const ended = last.endedAt.getTime();
  const over = [last.causeClosedAt, last.onSince].some((at) => at !== null && at.getTime() > ended);
  if (over) return true;
  if (last.lookAgainAt !== null && last.lookAgainAt.getTime() > ended) return last.lookAgainAt <= now;
  const pause = Math.min(HOUR_MS * 2 ** (last.times - 1), LONGEST_PAUSE_MS);
  return now.getTime() - ended >= pause;
}
