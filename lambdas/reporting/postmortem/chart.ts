import type { Outcome } from '../../domain/outcome.ts';
import type { Bar, Chart, Lane, Mark, Tone } from './document.ts';
import type { Gathered, GatheredRun } from './gathered.ts';
import { messageWords } from './timeline.ts';

const TONES: Readonly<Partial<Record<Outcome, Tone>>> = {
  resolved: 'good',
  'self-healed': 'good',
  ineffective: 'bad',
  failed: 'bad',
  refused: 'bad',
  inconclusive: 'bad',
};

/** The episode as a picture: what stood, who worked, what was sent, who heard of it. */
export function chartOf(gathered: Gathered): Chart {
  const { openedAt, closedAt, durations, severity } = gathered;
  const moments = lanesOf(gathered).flatMap(({ bars, marks }) => [
    ...bars.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ]);
  const incident: Bar = { from: openedAt, to: closedAt, label: `open, ${severity}`, tone: 'plain' };
  const alarm: Mark[] =
    durations.firstAlarmAt === null
      ? []
      : [{ at: durations.firstAlarmAt, label: 'first alarm', tone: 'bad' }];
  const closing: Mark = { at: closedAt, label: 'resolved', tone: 'good' };
  const all = [...moments, openedAt, closedAt, durations.firstAlarmAt ?? openedAt].sort(
    (a, b) => Date.parse(a) - Date.parse(b),
  );
  return {
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

const runBar = ({ run, openedAt, endedAt, outcome }: GatheredRun, { closedAt }: Gathered): Bar => ({
  from: openedAt,
  to: endedAt ?? closedAt,
  label: `${run}: ${outcome ?? 'at work'}`,
  tone: (outcome && TONES[outcome]) ?? 'plain',
});

/** From the sending of an action to the end of its wait. */
function actionBars({ run, steps, outcome }: GatheredRun): Bar[] {
  return steps.flatMap(({ name, startedAt, endedAt, tell }) => {
    if (!name.startsWith('act:')) return [];
    const wait = steps.find((one) => one.name === `wait:${name.slice('act:'.length).replace(/:again$/, '')}`);
    const tone: Tone = (outcome && TONES[outcome]) === 'bad' ? 'bad' : 'good';
    return [{ from: startedAt, to: wait?.endedAt ?? endedAt, label: `${run}: ${tell}`, tone }];
  });
}

function peopleMarks({ told, acknowledgedAt, acknowledgedBy, runs }: Gathered): Mark[] {
  return [
    ...told.map((one): Mark => ({
      at: one.toldAt ?? one.dueAt,
      label: `${one.toldAt === null ? 'not sent' : 'sent'}: ${messageWords(one)}`,
      tone: one.toldAt === null ? 'bad' : 'plain',
    })),
    ...(acknowledgedAt === null
      ? []
      : [{ at: acknowledgedAt, label: `acknowledged by ${acknowledgedBy ?? ''}`, tone: 'good' } as const]),
    ...runs.flatMap(({ approval }): Mark[] =>
      (approval?.approvers ?? []).map(({ person, at }) => ({
        at,
        label: `approved by ${person}`,
        tone: 'good',
      })),
    ),
  ];
}
