import { clock, day, exactMoment, moment, readable } from '../../domain/words.ts';
import { oneLine } from '../../domain/foreign-text.ts';
import * as z from 'zod';
import { stepOf } from '../../domain/step-name.ts';
import type { Impact } from '../../domain/impact.ts';
import { aboutWords } from '../../domain/run-request.ts';
import { tellEffect } from '../../engine/plans.ts';
import type { PlannedAction } from '../../domain/decision.ts';
import { alarmOf } from '../../domain/instance.ts';
import { playbookOfAlarm } from '../../catalog/playbooks/registry.ts';
import { answersAbout, type Answered } from '../../record/transitions.ts';
import { createRecordReader, type RunStatus } from '../../record/read.ts';
import type { Settings } from '../../platform/settings.ts';
import { EVERYBODY, command } from '../definition.ts';
import { RunId } from './orders.ts';
import { unknownRun } from '../requested-run.ts';
import { tellPlanned } from '../tell-planned.ts';
import { aligned } from '../../platform/text-table.ts';

const TITLES: readonly (readonly [slot: string, title: string])[] = [
  ['before-diagnosing', 'Before anything was looked at'],
  ['before-asking', 'Before people were asked'],
  ['before-acting', 'Right before acting'],
];

type Weighed = RunStatus['guards'][number];
type Sent = NonNullable<RunStatus['steps'][number]['guards']>[number];

/** Why a run acted or did not: every guard with its figures, the decision, and the result. */
export function tellWhy(status: RunStatus, settings: Settings): string {
  const { run, outcome, mode, steps, guards, openedAt } = status;
  const acted = steps.some(({ name }) => stepOf(name, 'act'));
  const head = `${run}: ${outcome ?? 'at work'}${mode === 'dry-run' ? ' (a rehearsal)' : ''}; it ${acted ? 'acted' : 'did not act'}`;
  return [
    head,
    ...aligned(story(status, settings)),
    ...TITLES.flatMap(([slot, title]) => {
      const own = guards.filter((guard) => guard.slot === slot);
      return own.length === 0 ? [] : ['', `${title}:`, ...aligned(refusalsFirst(own).map(row))];
    }),
    ...sendings(status),
    '',
    `Steps, on ${day(openedAt)} UTC:`,
    // The guards' answers are shown above.
    ...aligned(
      steps.filter(({ name }) => !stepOf(name, 'guard')).map(({ at, name, tell }) => [clock(at), name, tell]),
    ),
  ]
    .map((line) => oneLine(readable(line)))
    .join('\n');
}

function story(status: RunStatus, settings: Settings): string[][] {
  const { playbook, target, incident, why, decision, effect, cause, approval, openedAt, endedAt } = status;
  const decided = decision as {
    kind: string;
    branch: string;
    why: string;
    plan?: readonly PlannedAction[];
  } | null;
  const until = endedAt === null ? '' : ` to ${clock(endedAt)}`;
  return [
    ['about', aboutWords(playbook, target)],
    ['cause', cause],
    ['incident', incident],
    ['when', `${exactMoment(openedAt)}${until}`],
    ['because', why ?? 'it has not ended yet'],
    ['decided', decided ? `${decided.kind} (${decided.branch}): ${decided.why}` : 'nothing'],
    ...(decided?.plan ?? []).map((planned, i) => [`plan ${i + 1}`, tellPlanned(planned, playbook, settings)]),
    ...(effect ? [['impact', tellEffect(effect as Impact)]] : []),
    ...(approval ? [['approval', tellApproval(approval)]] : []),
  ];
}

function tellApproval({
  id,
  state,
  people,
  approvers,
  expiresAt,
}: NonNullable<RunStatus['approval']>): string {
  const by = approvers.map(({ person, at }) => `${person} at ${clock(at)}`).join(' and ') || 'nobody';
  const when = state === 'open' ? `, open until ${moment(expiresAt)}` : '';
  return `${id} is ${state}${when}: ${approvers.length} of ${people} people (${by})`;
}

/** The first in full; of the others only what differed. */
function sendings({ steps }: RunStatus): string[] {
  let first: readonly Sent[] | undefined;
  return steps.flatMap(({ name, at, tell, guards }) => {
    if (!stepOf(name, 'act')) return [];
    const own = guards ?? [];
    const shown = first === undefined ? own : own.filter((guard) => !first?.some((one) => same(one, guard)));
    first ??= own;
    const title = `Sent at ${clock(at)}: ${tell}`;
    return shown.length === 0
      ? ['', `${title}${own.length === 0 ? '' : '; the guards said the same'}`]
      : ['', `${title}; right before:`, ...aligned(shown.map(row))];
  });
}

const same = (a: Sent, b: Sent): boolean =>
  a.guard === b.guard && a.answer === b.answer && a.figures === b.figures;

const refusalsFirst = <G extends Sent>(guards: readonly G[]): G[] => [
  ...guards.filter(({ answer }) => answer === 'refuse'),
  ...guards.filter(({ answer }) => answer !== 'refuse'),
];

const row = ({ guard, answer, figures }: Weighed | Sent): string[] => [
  answer === 'refuse' ? 'REFUSE' : 'allow',
  guard,
  figures,
];

/** The newest changes of an alarm first, each with its run or the reason why there is none. */
export function tellAlarm(alarm: string, answers: readonly Answered[]): string {
  if (answers.length === 0)
    return `CloudWatch has shown no change of ${alarm} since the sweep began to record them.`;
  return [
    `The last changes of ${alarm}, UTC:`,
    ...aligned(
      answers.map(({ changedAt, state, run, why }) => [
        exactMoment(changedAt),
        state,
        run === null ? why : `${why}: ${run}`,
      ]),
    ),
  ]
    .map((line) => oneLine(line))
    .join('\n');
}

export const why = command({
  about: 'why a run did act, or did not, with every guard’s figures; of an alarm: what became of each change',
  usage: 'why <run or alarm>',
  schema: z.strictObject({ run: RunId }),
  may: EVERYBODY,
  async answer({ input, pool, settings }) {
    // People know it by its name in CloudWatch, and by the runbook's.
    const alarm = alarmOf(settings, input.run) ?? input.run;
    if (playbookOfAlarm(alarm)) {
      const answers = await answersAbout(pool, alarm);
      return { ok: true, text: tellAlarm(input.run, answers), data: answers };
    }
    const status = await createRecordReader(pool).status(input.run);
    return status
      ? { ok: true, text: tellWhy(status, settings), data: status }
      : unknownRun(input.run, settings);
  },
});
