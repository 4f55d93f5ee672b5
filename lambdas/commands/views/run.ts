import { playbookById } from '../../catalog/playbooks/registry.ts';
import type { DecisionOnRecord } from '../../domain/decision.ts';
import type { Impact } from '../../domain/impact.ts';
import { answersKept } from '../../record/desk.ts';
import { createRecordReader } from '../../record/read.ts';
import { tellPlanned } from '../tell-planned.ts';
import type { ViewCall } from './view.ts';

/** Why a run acted or did not: decision, guards, steps, and every answer with its query and rows. */
export async function runView({ pool, settings, id }: ViewCall) {
  const status = await createRecordReader(pool).status(id);
  if (!status) return undefined;
  const decision = status.decision as DecisionOnRecord | null;
  const playbook = playbookById(status.playbook);
  const questions = new Map(
    Object.values({ ...playbook?.probes, ...playbook?.recovery.probes }).map(({ name, question }) => [
      name,
      question,
    ]),
  );
  const row = decision?.row ?? (decision && playbook?.branches[decision.branch]) ?? null;
  return {
    ...status,
    decision,
    row,
    effect: status.effect as Impact | null,
    plan: (decision && 'plan' in decision ? (decision.plan ?? []) : []).map((planned) =>
      tellPlanned(planned, status.playbook, settings),
    ),
    answers: (await answersKept(pool, id)).map((answer) => ({
      ...answer,
      question: questions.get(answer.probe) ?? null,
    })),
  };
}
