import { stepOf } from '../../lambdas/domain/step-name.ts';
import type { Coverage } from './result.ts';
import type { AnyPlaybook, ShownBy } from '../../lambdas/catalog/playbooks/definition.ts';
import type { ByHand } from '../runbook/by-hand.ts';
import type { DrillResult, DrillRun } from './result.ts';

/** What a run of all drills must contain, in numbers. */
const AT_LEAST: Readonly<Partial<Record<DrillResult['kind'], number>>> & { readonly all: number } = {
  all: 50,
  control: 8,
  compound: 8,
  poisoned: 4,
};

/**
 * Whether the records of the drills contain every line of the runbook for people, every row of every decision table,
 * every alarm and every action.
 */
export function coverageOf(
  drills: readonly DrillResult[],
  playbooks: readonly AnyPlaybook[],
  items: readonly ByHand[],
): Coverage {
  const missing: string[] = [];
  const taken = playbooks.flatMap(takenFrom);
  const lines = items.map((item) => {
    const covers = taken.filter(({ begins }) => item.text.startsWith(begins)).map(({ covered }) => covered);
    if (covers.length === 0)
      missing.push(`section ${item.section}, “${first(item.text)}”: no playbook takes it over (\`byHand\`)`);
    const found = covers.map((covered) => ({ covered, drill: drillOf(drills, covered) }));
    for (const { covered, drill } of found) {
      if (drill === undefined) {
        missing.push(
          `section ${item.section}, “${first(item.text)}”: no drill's record has ${said(covered)}`,
        );
      }
    }
    return { item, drills: found.flatMap(({ drill }) => drill ?? []) };
  });
  for (const { begins, covered } of taken) {
    if (!items.some(({ text }) => text.startsWith(begins)))
      missing.push(`“${begins}” of ${covered.playbook} is no line of the runbook by hand`);
  }
  return { lines, missing: [...missing, ...undrilled(drills, playbooks), ...tooFew(drills)] };
}

type Covered = ShownBy & { readonly playbook: string };

const takenFrom = ({ id, byHand = {} }: AnyPlaybook): { begins: string; covered: Covered }[] =>
  Object.entries(byHand).flatMap(([begins, shown]) =>
    shown.map((one) => ({ begins, covered: { playbook: id, ...one } })),
  );

function undrilled(drills: readonly DrillResult[], playbooks: readonly AnyPlaybook[]): string[] {
  return playbooks.flatMap(({ id, branches, alarms, actions }) =>
    [
      ...Object.keys(branches).map((branch) => ({ playbook: id, branch })),
      ...alarms.map(({ name }) => ({ playbook: id, alarm: name })),
      ...actions.filter(isPlanned(actions)).map(({ name }) => ({ playbook: id, action: name })),
    ].flatMap((covered) => (drillOf(drills, covered) === undefined ? [`no drill has ${said(covered)}`] : [])),
  );
}

/** What undoes another action of the playbook comes by a person's command: no fault of the world plans it. */
const isPlanned =
  (actions: AnyPlaybook['actions']) =>
  ({ name }: AnyPlaybook['actions'][number]): boolean =>
    !actions.some(({ undo }) => 'by' in undo && undo.by === name);

function tooFew(drills: readonly DrillResult[]): string[] {
  return Object.entries(AT_LEAST).flatMap(([kind, least]) => {
    const count = kind === 'all' ? drills.length : drills.filter((drill) => drill.kind === kind).length;
    return count < least ? [`${count} drills of kind ${kind}; wanted at least ${least}`] : [];
  });
}

const drillOf = (drills: readonly DrillResult[], covered: Covered): string | undefined =>
  drills.find(({ passed, runs }) => passed && runs.some((run) => shows(run, covered)))?.name;

function shows(run: DrillRun, { playbook, alarm, probe, branch, action }: Covered): boolean {
  return (
    run.playbook === playbook &&
    (alarm === undefined || run.alarm === alarm) &&
    (probe === undefined || run.evidence.some((kept) => kept.probe === probe)) &&
    (branch === undefined || run.branch === branch) &&
    (action === undefined || didOrAsked(run).includes(action))
  );
}

/** What a run has done; of one that ended with a plan for people to approve, what it would do. */
function didOrAsked({ steps, outcome, decision }: DrillRun): string[] {
  const done = steps.flatMap((step) => stepOf(step, 'act')?.action ?? []);
  const { plan = [] } = (decision ?? {}) as { plan?: readonly { action: string }[] };
  return outcome === 'escalated' ? [...done, ...plan.map(({ action }) => action)] : done;
}

const said = ({ playbook, ...what }: Covered): string =>
  `${playbook} with ${Object.entries(what)
    .map(([kind, name]) => `${kind} ${name}`)
    .join(' and ')}`;

const first = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 60);
