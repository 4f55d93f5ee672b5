import * as z from 'zod';
import { createRecordReader, type RunStatus } from '../../record/read.ts';
import { command } from '../definition.ts';

const TITLES: readonly (readonly [slot: string, title: string])[] = [
  ['before-diagnosing', 'Before anything was looked at'],
  ['before-asking', 'Before people were asked'],
  ['before-acting', 'Right before acting'],
];

/** Why a run did act, or did not: every guard with what it weighed, what was decided on, and what became of it. */
export function tellWhy(status: RunStatus): string {
  const { run, playbook, target, mode, outcome, why, decision, guards, steps, effect } = status;
  const decided = decision as { kind: string; branch: string; why: string; plan?: unknown[] } | null;
  const acted = steps.some(({ name }) => name.startsWith('act:'));
  const about = [playbook, ...Object.entries(target).map(([key, value]) => `${key} ${value}`)].join(', ');
  return [
    `${run}: ${outcome ?? 'at work'}${mode === 'dry-run' ? ' (a rehearsal)' : ''}; it ${acted ? 'acted' : 'did not act'}`,
    `  about      ${about}`,
    `  incident   ${status.incident}`,
    `  because    ${why ?? 'it has not ended yet'}`,
    ...(decided
      ? [`  decided    ${decided.kind} (${decided.branch}): ${decided.why}`]
      : ['  decided    nothing']),
    ...(decided?.plan ?? []).map((step, i) => `  plan ${i + 1}     ${JSON.stringify(step)}`),
    ...(effect ? [`  foreseen   ${JSON.stringify(effect)}`] : []),
    ...TITLES.flatMap(([slot, title]) => {
      const own = guards.filter((guard) => guard.slot === slot);
      if (own.length === 0) return [];
      return ['', `${title}:`, ...own.map(line)];
    }),
    ...steps.flatMap(({ name, at, tell, guards: sent }) =>
      name.startsWith('act:') ? ['', `Sent at ${at} (${tell}), when:`, ...(sent ?? []).map(line)] : [],
    ),
    '',
    'Steps:',
    ...steps.map(({ name, at, tell }) => `  ${at}  ${name}: ${tell}`),
  ].join('\n');
}

const line = ({ guard, answer, figures }: { guard: string; answer: string; figures: string }): string =>
  `  ${answer === 'refuse' ? 'REFUSE' : 'allow '} ${guard.padEnd(13)} ${figures}`;

export const why = command({
  about: 'why a run did act, or did not: every guard with its figures',
  usage: 'why <run>',
  schema: z.strictObject({ run: z.string().min(1) }),
  identity: false,
  async answer({ input, pool }) {
    const status = await createRecordReader(pool).status(input.run);
    if (!status) {
      const text = `there is no run "${input.run}" in the record; \`list\` shows the newest ones. A run is written down a moment after its start.`;
      return { ok: false, text };
    }
    return { ok: true, text: tellWhy(status), data: status };
  },
});
