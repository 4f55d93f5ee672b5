import type { Pool } from 'pg';
import type { AlarmDeclaration, AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import type { Severity } from '../domain/decision.ts';
import type { Answer } from '../domain/guard-answer.ts';
import type { RunRequest } from '../domain/run-request.ts';
import type { Links } from '../notifications/acknowledge-link.ts';
import type { Notify } from '../notifications/notify.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Attempt, Journal, Told } from '../platform/journal.ts';
import type { Settings } from '../platform/settings.ts';
import type { Calling } from '../record/start-escalation.ts';
import { evidenceStore, type EvidenceStore } from './evidence-store.ts';

/** What its function gives a run. */
export interface Dependencies {
  readonly settings: Settings;
  readonly pool: () => Pool;
  readonly tools: ReadTools;
  readonly now: () => Date;
  readonly notify: Notify;
  readonly calling: Calling;
  /** To the page that acknowledges; a function that calls nobody has none. */
  readonly links?: Links | undefined;
}

/** What every stage of a run uses; it is given once, and stays as it is. */
export interface RunContext extends Dependencies {
  readonly request: RunRequest;
  readonly playbook: AnyPlaybook;
  /** The alarm behind the run, or the playbook's first; none of a playbook that only people start. */
  readonly alarm: AlarmDeclaration | undefined;
  /** As the alarm declares it. */
  readonly severity: Severity;
  readonly journal: Journal;
  readonly evidence: EvidenceStore;
  readonly notes: RunNotes;
}

/** @throws when there is no such playbook */
export function contextOf(request: RunRequest, journal: Journal, dependencies: Dependencies): RunContext {
  const { tools, settings } = dependencies;
  const playbook = playbookById(request.playbook);
  if (!playbook)
    throw new TypeError(`there is no playbook "${request.playbook}"; run ${request.run} can't be made`);
  const { cause } = request;
  const named = 'alarm' in cause ? playbook.alarms.find(({ name }) => name === cause.alarm.name) : undefined;
  const alarm = named ?? playbook.alarms[0];
  return {
    ...dependencies,
    request,
    playbook,
    alarm,
    severity: alarm?.severity ?? 'SEV-4',
    journal,
    evidence: evidenceStore(tools, settings.bucket, request.run),
    notes: new RunNotes(),
  };
}

/** What a step leaves for the record. */
export interface Noted {
  readonly answers?: readonly Answer[];
  /** Names under which evidence was kept. */
  readonly evidenceSets?: readonly string[];
  readonly ledgerWrites?: number;
}

/** What the steps of a run have left for its record, however it ends. It only grows, and on a replay in the same way. */
export class RunNotes {
  readonly answers: Answer[] = [];
  readonly evidenceSets: string[] = [];
  ledgerWrites = 0;

  add({ answers = [], evidenceSets = [], ledgerWrites = 0 }: Noted): void {
    this.answers.push(...answers);
    this.evidenceSets.push(...evidenceSets);
    this.ledgerWrites += ledgerWrites;
  }
}

/** A repeatable step of the run; what its result leaves for the record is noted. */
export async function step<T extends Noted>(
  { journal, notes }: RunContext,
  name: string,
  work: (attempt: Attempt) => Promise<T>,
  told: (value: T) => Told,
): Promise<T> {
  const value = await journal.repeatable(name, work, told);
  notes.add(value);
  return value;
}
