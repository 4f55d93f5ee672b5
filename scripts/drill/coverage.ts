import { stepOf } from '../../lambdas/domain/step-name.ts';
import type { Coverage } from './result.ts';
import type { AnyPlaybook } from '../../lambdas/catalog/playbooks/definition.ts';
import type { ByHand } from '../runbook/by-hand.ts';
import type { DrillResult, DrillRun } from './result.ts';
import type { Covered, runbookMap } from './runbook-map.ts';

/** What a run of all drills must contain besides passing, in numbers. */
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
  map: typeof runbookMap,
): Coverage {
  const lacking: string[] = [];
  const used = new Set<string>();
  const lines = items.map((item) => {
    const entries = Object.entries(map[item.section] ?? {}).filter(([begins]) =>
      item.text.startsWith(begins),
    );
    entries.forEach(([begins]) => used.add(`${item.section}/${begins}`));
    const covers = entries.flatMap(([, covers]) => covers);
    if (covers.length === 0) lacking.push(`section ${item.section}, “${first(item.text)}”: not mapped`);
    const found = covers.map((covered) => ({ covered, drill: drillOf(drills, covered) }));
    for (const { covered, drill } of found) {
      if (drill === undefined) {
        lacking.push(
          `section ${item.section}, “${first(item.text)}”: no drill's record has ${said(covered)}`,
        );
      }
    }
    return { item, drills: found.flatMap(({ drill }) => drill ?? []) };
  });
  for (const [section, entries] of Object.entries(map)) {
    for (const begins of Object.keys(entries)) {
      if (!used.has(`${section}/${begins}`))
        lacking.push(`the map’s “${begins}” is no line of section ${section}`);
    }
  }
  return { lines, lacking: [...lacking, ...undrilled(drills, playbooks), ...tooFew(drills)] };
}

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
