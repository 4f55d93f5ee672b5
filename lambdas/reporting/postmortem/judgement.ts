import { duration, list } from '../../domain/words.ts';
import { messageName } from '../../domain/escalation-message.ts';
import { stepOf } from '../../domain/step-name.ts';
import { auditKey } from '../../record/audit-keys.ts';
import type { Gathered, GatheredRun, GatheredTold } from '../../record/gathered.ts';
import { fact, type Fact, type Sources } from './source.ts';
import { messageWords, nobodyWords, runWords, toldSource } from './timeline.ts';

/** SNS itself takes seconds. */
export const LATE_SECONDS = 60;

/** What worked, according to the record. */
export function workedOf(gathered: Gathered, sources: Sources): Fact[] {
  const { runs, told, episode, durations, acknowledgedBy, severity } = gathered;
  const due = told.filter((one) => !isWithoutJira(one));
  const onTime = due.filter((one) => one.toldAt !== null && !isLate(one));
  const facts = [
    ...runs
      .filter(({ outcome }) => outcome === 'resolved' || outcome === 'self-healed')
      .map((run) =>
        fact(
          `${sentence(runWords(run))} ended ${run.outcome}: ${run.why ?? ''}`,
          sources.audit(auditKey.ended(run.run)),
        ),
      ),
    ...runs.flatMap((run) => succeeded(run, sources)),
    ...(durations.toAcknowledge !== null
      ? [
          fact(
            `${acknowledgedBy ?? 'Somebody'} acknowledged it after ${duration(durations.toAcknowledge)}`,
            sources.audit(auditKey.acknowledged(episode, severity)),
          ),
        ]
      : []),
    ...(onTime.length > 0
      ? [
          fact(
            `${onTime.length} of ${due.length} messages were sent within ${duration(LATE_SECONDS)} of their time: ${list(onTime.map(messageWords))}`,
            sources.record,
          ),
        ]
      : []),
    ...runs.flatMap(({ approval }) =>
      approval?.state === 'approved'
        ? [
            fact(
              `${approval.id} was approved by ${list(approval.approvers.map(({ person }) => person))}`,
              sources.record,
            ),
          ]
        : [],
    ),
  ];
  return facts.length > 0 ? facts : [fact('Nothing on record shows that anything worked', sources.record)];
}

function succeeded({ run, playbook, steps }: GatheredRun, sources: Sources): Fact[] {
  return steps.flatMap(({ name, tell, state }) => {
    const wait = stepOf(name, 'wait');
    return wait && state === 'succeeded'
      ? [fact(`${playbook}, run ${run}: ${wait.number}:${wait.action} succeeded (${tell})`, sources.record)]
      : [];
  });
}

/** What did not work, each with what prevention rules use. */
export function failedOf(gathered: Gathered, sources: Sources): Fact[] {
  const facts = [
    ...gathered.runs.flatMap((run) => runFailures(run, sources)),
    ...gathered.told.flatMap((told) => toldFailures(told, gathered, sources)),
    ...unacknowledged(gathered, sources),
  ];
  return facts.length > 0 ? facts : [fact('The record shows nothing that did not work', sources.record)];
}

const BAD = ['ineffective', 'inconclusive', 'failed'];

function runFailures(run: GatheredRun, sources: Sources): Fact[] {
  const { run: id, outcome, why, guards, steps, approval, playbook, waitsFor, joinedRun } = run;
  const ended = sources.audit(auditKey.ended(id));
  const refusals = new Map(guards.filter(({ answer }) => answer === 'refuse').map((one) => [one.guard, one]));
  return [
    ...(outcome !== null && BAD.includes(outcome)
      ? [fact(`${sentence(runWords(run))} ended ${outcome}: ${why ?? ''}`, ended)]
      : []),
    ...(outcome === null ? [fact(`${sentence(runWords(run))} has no end on record`, sources.record)] : []),
    // Giving way to another run or waiting for a cause is correct.
    ...(waitsFor === null && joinedRun === null
      ? [...refusals.values()].map(({ guard, figures, slot }) =>
          fact(`Guard ${guard} refused run ${id} ${slot.replaceAll('-', ' ')}: ${figures}`, ended),
        )
      : []),
    ...steps.flatMap(({ name, tell, delivery, gaveUp }) => {
      const step = stepOf(name, 'act', 'reconcile');
      if (step?.kind === 'act' && step.again)
        return [fact(`${playbook}, ${name} was sent again: ${tell}`, sources.record)];
      if (step?.kind === 'reconcile')
        return [
          fact(`${playbook}, no answer said that it began, so it was looked for: ${tell}`, sources.record),
        ];
      if (gaveUp || (delivery !== null && delivery !== 'delivered'))
        return [fact(`${playbook}, run ${id}, ${name}: ${tell}`, sources.record)];
      return [];
    }),
    ...(approval && ['expired', 'void', 'refused'].includes(approval.state)
      ? [
          fact(
            `${approval.id} ended ${approval.state}: ${approval.why ?? 'no reason on record'}`,
            sources.record,
          ),
        ]
      : []),
  ];
}

/** A deployment without Jira cannot fail there. */
const isWithoutJira = ({ recipient, confirmed }: GatheredTold): boolean =>
  recipient === 'jira' && confirmed === 0;

export const isLate = ({ lateSeconds, tries }: GatheredTold): boolean =>
  lateSeconds !== null && (lateSeconds > LATE_SECONDS || tries > 1);

function toldFailures(told: GatheredTold, gathered: Gathered, sources: Sources): Fact[] {
  const { toldAt, lateSeconds, tries, why } = told;
  const message = messageWords(told);
  if (isWithoutJira(told)) return [];
  const source = toldSource(gathered, told, sources);
  const because = why === null ? '' : `: ${why}`;
  const facts: Fact[] = [];
  if (toldAt === null) {
    const nobody = nobodyWords(told);
    facts.push(fact(`Not sent: ${message}${nobody === undefined ? because : `: ${nobody}`}`, source));
  } else if (isLate(told)) {
    facts.push(fact(`Sent ${duration(lateSeconds ?? 0)} late: ${message}${because}`, source));
  }
  if (tries > 1) facts.push(fact(`It took ${tries} tries: ${message}`, source));
  return facts;
}

/** A level that was called because nobody on the one before had answered. */
function unacknowledged(gathered: Gathered, sources: Sources): Fact[] {
  const { told, acknowledgedAt, episode } = gathered;
  const rungs = new Set(
    told.flatMap(({ message }) =>
      message.kind === 'call' && message.level > 1
        ? [messageName({ ...message, level: message.level - 1 })]
        : [],
    ),
  );
  return [
    ...[...rungs].map((rung) =>
      fact(`Nobody acknowledged ${rung} in its time, so the next was called`, sources.record),
    ),
    ...(acknowledgedAt === null &&
    told.some(({ message, toldAt }) => message.kind === 'call' && toldAt !== null)
      ? [
          fact(
            'Nobody acknowledged the incident before it was resolved',
            sources.audit(auditKey.resolved(episode)),
            sources.record,
          ),
        ]
      : []),
  ];
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
