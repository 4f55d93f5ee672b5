import { guards } from '../../../lambdas/engine/guards/all.ts';
import { stepOf } from '../../../lambdas/domain/step-name.ts';
import type { Slot } from '../../../lambdas/domain/guard-answer.ts';
import { playbookById } from '../../../lambdas/catalog/playbooks/registry.ts';
import { wasGranted, type DrillRun } from '../result.ts';
import type { Check } from './seen.ts';

interface Begun {
  readonly run: string;
  readonly step: string;
  readonly guards: readonly { slot: string; guard: string; answer: string }[] | null;
}

/** Only of a step that came to its end there is a detail; one that is in doubt was looked for instead. What was not even sent needs no word. */
const BEGUN = `
select run_id as run, name as step, detail -> 'guards' as guards
from responder.step where run_id = any($1) and kind = 'act' and not detail ? 'unsent'`;

/** Every guard has allowed a run that acts, each time that it is asked, and the answers can be read. */
export const allAnswered: Check = async ({ sandbox: { pool }, runs }) => {
  const acting = runs.filter(wasGranted);
  const { rows: begun } = await pool.query<Begun>(BEGUN, [acting.map(({ run }) => run)]);
  return [
    ...acting.flatMap((run) => [
      ...missing(`${run.run} has acted`, 'before-diagnosing', run.guards),
      ...missing(`${run.run} has acted`, 'before-acting', run.guards),
    ]),
    ...begun.flatMap((step) => {
      if (!changes(acting, step)) return [];
      return missing(`${step.run} has sent ${step.step}`, 'before-sending', step.guards ?? []);
    }),
  ];
};

function missing(who: string, slot: Slot, answers: NonNullable<Begun['guards']>): string[] {
  const allowed = new Set(
    answers.filter((one) => one.slot === slot && one.answer === 'allow').map(({ guard }) => guard),
  );
  const without = guards.filter(({ name, slots }) => slots.includes(slot) && !allowed.has(name));
  return without.length === 0
    ? []
    : [`${who} without the word of ${without.map(({ name }) => name).join(', ')} ${slot}`];
}

function changes(acting: readonly DrillRun[], { run, step }: Begun): boolean {
  const action = stepOf(step, 'act')?.action;
  const playbook = playbookById(acting.find((one) => one.run === run)?.playbook ?? '');
  return playbook?.actions.some(({ name, changes }) => name === action && changes) ?? false;
}
