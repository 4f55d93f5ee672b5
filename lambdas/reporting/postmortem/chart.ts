import type { Outcome } from '../../domain/outcome.ts';
import { stepName, stepOf } from '../../domain/step-name.ts';
import type { Colour, Lane, Mark, Span, Timeline } from '../../platform/page/chart.ts';
import type { Gathered, GatheredRun } from '../../record/gathered.ts';
import { messageWords } from './timeline.ts';

const OUTCOMES: Readonly<Partial<Record<Outcome, Colour>>> = {
  resolved: 'green',
  'self-healed': 'green',
  ineffective: 'red',
  failed: 'red',
  refused: 'red',
  inconclusive: 'red',
};

/** The episode as a picture: alarms, runs, actions, messages. */
export function chartOf(gathered: Gathered): Timeline {
  const { openedAt, closedAt, durations, severity } = gathered;
  const moments = lanesOf(gathered).flatMap(({ bars, marks }) => [
    ...bars.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ]);
  const incident: Span = { from: openedAt, to: closedAt, label: `open, ${severity}`, colour: 'grey' };
  const alarm: Mark[] =
    durations.firstAlarmAt === null
      ? []
      : [{ at: durations.firstAlarmAt, label: 'first alarm', colour: 'red' }];
  const closing: Mark = { at: closedAt, label: 'resolved', colour: 'green' };
  const all = [...moments, openedAt, closedAt, durations.firstAlarmAt ?? openedAt].sort(
    (a, b) => Date.parse(a) - Date.parse(b),
  );
  return {
    id: 'episode',
    title: 'What happened when',
    says: 'The incident, the runs, their actions, and what people were sent and did.',
    series: [
      { name: 'succeeded', colour: 'green' },
      { name: 'alarm, or failed', colour: 'red' },
      { name: 'neither', colour: 'grey' },
    ],
    from: all[0] ?? openedAt,
    to: all.at(-1) ?? closedAt,
    lanes: [{ title: 'Incident', bars: [incident], marks: [...alarm, closing] }, ...lanesOf(gathered)],
  };
}

const lanesOf = (gathered: Gathered): Lane[] => [
  { title: 'Runs', bars: gathered.runs.map((run) => runBar(run, gathered)), marks: [] },
  { title: 'Actions', bars: gathered.runs.flatMap(actionBars), marks: [] },
  { title: 'People', bars: [], marks: peopleMarks(gathered) },
];

const runBar = ({ run, openedAt, endedAt, outcome }: GatheredRun, { closedAt }: Gathered): Span => ({
  from: openedAt,
  to: endedAt ?? closedAt,
  label: `${run}: ${outcome ?? 'at work'}`,
  colour: (outcome && OUTCOMES[outcome]) ?? 'grey',
});

/** From the sending of an action to the end of its wait. */
function actionBars({ run, steps, outcome }: GatheredRun): Span[] {
  return steps.flatMap(({ name, startedAt, endedAt, tell }) => {
    const act = stepOf(name, 'act');
    if (!act) return [];
    const waited = stepName({ ...act, kind: 'wait', again: 0 });
    const wait = steps.find((one) => one.name === waited);
    const colour: Colour = (outcome && OUTCOMES[outcome]) === 'red' ? 'red' : 'green';
    return [{ from: startedAt, to: wait?.endedAt ?? endedAt, label: `${run}: ${tell}`, colour }];
  });
}

function peopleMarks({ told, acknowledgedAt, acknowledgedBy, runs }: Gathered): Mark[] {
  return [
    ...told.map((one): Mark => ({
      at: one.toldAt ?? one.dueAt,
      label: `${one.toldAt === null ? 'not sent' : 'sent'}: ${messageWords(one)}`,
      colour: one.toldAt === null ? 'red' : 'grey',
    })),
    ...(acknowledgedAt === null
      ? []
      : [{ at: acknowledgedAt, label: `acknowledged by ${acknowledgedBy ?? ''}`, colour: 'green' } as const]),
    ...runs.flatMap(({ approval }): Mark[] =>
      (approval?.approvers ?? []).map(({ person, at }) => ({
        at,
        label: `approved by ${person}`,
        colour: 'green',
      })),
    ),
  ];
}
