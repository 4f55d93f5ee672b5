import { duration, exactMoment } from '../../domain/words.ts';
import { stepOf } from '../../domain/step-name.ts';
import type { Gathered, GatheredRun, GatheredTold } from '../../record/gathered.ts';
import { isLate } from './judgement.ts';
import { fact, type Fact, type Sources } from './source.ts';
import { messageWords, nobodyWords, toldSource } from './timeline.ts';

/** Who was notified of what, the deadline, and the time: by runs and by the escalation. */
export function toldOf(gathered: Gathered, sources: Sources): Fact[] {
  const { told, runs } = gathered;
  const facts = [
    ...runs.flatMap((run) => toldByRun(run, sources)),
    ...told.map((one) => fact(whenTold(one), toldSource(gathered, one, sources))),
  ];
  return facts.length > 0 ? facts : [fact('No message is on record', sources.record)];
}

const toldByRun = ({ run, steps }: GatheredRun, sources: Sources): Fact[] =>
  steps.flatMap(({ name, endedAt, tell }) => {
    const step = stepOf(name, 'notify');
    const of = step && `${step.of}${step.late ? ', late' : ''}`;
    return of === undefined
      ? []
      : [fact(`Run ${run}, ${of}: ${exactMoment(endedAt)}, ${tell}`, sources.record)];
  });

function whenTold(one: GatheredTold): string {
  const { dueAt, toldAt, lateSeconds, confirmed } = one;
  const due = `${messageWords(one)}: due ${exactMoment(dueAt)}`;
  const nobody = nobodyWords(one);
  if (toldAt === null) return `${due}, not sent${nobody === undefined ? '' : `: ${nobody}`}`;
  const heard =
    confirmed === null
      ? ''
      : ` to ${confirmed} confirmed ${confirmed === 1 ? 'subscription' : 'subscriptions'}`;
  return `${due}, sent ${exactMoment(toldAt)}${heard}, ${isLate(one) ? `${duration(lateSeconds ?? 0)} late` : 'on time'}`;
}
