import type { Outcome } from '../../domain/outcome.ts';
import type { Titled } from '../../domain/alarm.ts';

/** A playbook without its code: for functions that start its runs or report them. */
export interface PlaybookName {
  readonly id: string;
  readonly alarms: readonly Titled[];
  /** Outcomes of which FinOps is notified at once. */
  readonly finops?: readonly Outcome[];
}

/** `lib/bundle.ts` replaces it by `namesOf` all playbooks. */
declare const PLAYBOOK_NAMES: readonly PlaybookName[] | undefined;

/** @throws outside a bundle: use `registry.ts` there */
export function playbookNames(): readonly PlaybookName[] {
  if (typeof PLAYBOOK_NAMES !== 'undefined') return PLAYBOOK_NAMES;
  throw new Error(
    'the names of the playbooks are unknown: they are put in when lib/bundle.ts bundles the handlers. ' +
      'Outside a bundle, set globalThis.PLAYBOOK_NAMES to namesOf(playbooks)',
  );
}

export const namesOf = (playbooks: readonly PlaybookName[]): readonly PlaybookName[] =>
  playbooks.map(({ id, alarms, finops }) => ({
    id,
    alarms: alarms.map(({ name, description, title, unit }) => ({ name, description, title, unit })),
    ...(finops && { finops }),
  }));
