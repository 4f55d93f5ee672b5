import { playbookById } from '../../catalog/playbooks/registry.ts';
import { stepForPeople } from '../../domain/decision.ts';
import { deadlineOf, levelsOf, type Level } from '../../domain/ladder.ts';
import type { People } from '../../domain/people.ts';
import { isAcknowledged } from '../../record/episode-status.ts';
import type { IncidentSeen, LastRun } from '../../record/desk.ts';

/** What is wrong, who has it, until when somebody must, and the one next step. */
export function incidentCard(seen: IncidentSeen, { now, people }: { now: Date; people: People }) {
  const { severity, severitySince: since, calls, playbook, last, acknowledged } = seen;
  const levels = levelsOf({ severity, since }, calls, people);
  const taken = isAcknowledged(seen);
  return {
    ...seen,
    what: whatIsWrong(playbook, last?.alarm ?? null),
    taken: taken ? acknowledged : null,
    deadline: seen.closed || taken ? null : deadlineOf(levels, now),
    /** Who is called next, if nobody acknowledges. */
    next:
      seen.closed || taken
        ? null
        : (levels.find(({ called, at }) => !called && at > now.toISOString()) ?? null),
    levels: levels satisfies readonly Level[],
    step: seen.closed ? null : nextStep(playbook, last),
  };
}

export type IncidentCard = ReturnType<typeof incidentCard>;

/** What the alarm means to the business; of an incident without one, what its playbook is for. */
function whatIsWrong(id: string, alarm: string | null): string {
  const playbook = playbookById(id);
  const meant = playbook?.alarms.find(({ name }) => name === alarm) ?? playbook?.alarms[0];
  return meant?.description ?? playbook?.symptoms[0] ?? id;
}

const AFTER: Readonly<Record<string, string>> = {
  ineffective: 'Take over: the plan was carried out, and the fault is still there.',
  inconclusive: 'Take over: check whether the fault is gone.',
  failed: 'Take over: check what was changed.',
  rehearsed: 'Carry out the plan by hand: the playbook is in shadow mode, and changes nothing.',
  refused: 'Take over: a guard refused to act; the run shows which one, and its figures.',
};

/** What the decision's row leaves to people; else what follows from how the run ended. */
export function nextStep(playbook: string, last: LastRun | null): string {
  if (!last) return 'Wait a moment: the first run has not ended yet.';
  const { decision, outcome } = last;
  const row = decision?.row ?? (decision && playbookById(playbook)?.branches[decision.branch]);
  const step = outcome === 'escalated' && row ? stepForPeople(row.then) : undefined;
  if (step !== undefined) return `${step.charAt(0).toUpperCase()}${step.slice(1)}.`;
  if (outcome === 'resolved' || outcome === 'self-healed')
    return 'Nothing: it is repaired. Resolve the incident if it does not close by itself.';
  return AFTER[outcome] ?? 'Take over: read why the machine did not repair it.';
}
