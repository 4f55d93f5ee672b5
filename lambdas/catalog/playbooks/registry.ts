import * as all from './all.ts';
import type { AnyPlaybook } from './definition.ts';

/** What is outside the runbook's sections comes last. */
const place = ({ section }: AnyPlaybook): number => Number.parseInt(section, 10) || Infinity;

/** In the order of the runbook. */
export const playbooks: readonly AnyPlaybook[] = Object.values(all).sort((a, b) =>
  a.section === b.section ? a.id.localeCompare(b.id) : place(a) - place(b),
);

export const playbookIds: readonly string[] = playbooks.map((playbook) => playbook.id);

const byId = new Map(playbooks.map((playbook) => [playbook.id, playbook]));
const byAlarm = new Map(
  playbooks.flatMap((playbook) => playbook.alarms.map((alarm) => [alarm.name, playbook])),
);

export const playbookById = (id: string): AnyPlaybook | undefined => byId.get(id);

export const playbookOfAlarm = (alarmName: string): AnyPlaybook | undefined => byAlarm.get(alarmName);
