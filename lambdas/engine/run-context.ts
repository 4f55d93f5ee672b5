import type { Ledger } from '../platform/ledger/queryable.ts';
import type { AlarmDeclaration, AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { deployed } from '../catalog/playbooks/deployed.ts';
import { playbookById } from '../catalog/playbooks/registry.ts';
import type { Severity } from '../domain/decision.ts';
import type { Answer } from '../domain/guard-answer.ts';
import { incidentOf, type EvidenceBody, type RunOpening } from '../domain/run-record.ts';
import type { Cause, RunRequest } from '../domain/run-request.ts';
import type { Links } from '../notifications/acknowledge-link.ts';
import type { Notify } from '../notifications/notify.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Attempt, Journal, Told } from '../platform/journal.ts';
import type { Settings } from '../platform/settings.ts';
import type { Calling } from '../record/start-escalation.ts';
import { evidenceStore, type EvidenceStore } from './evidence-store.ts';
import type { Begun, Opened } from './run-state.ts';

/** What its function gives a run. */
export interface Dependencies {
  readonly settings: Settings;
  readonly pool: () => Ledger;
  readonly tools: ReadTools;
  readonly now: () => Date;
  readonly notify: Notify;
  readonly calling: Calling;
  /** To the page to acknowledge; missing in a function that calls nobody. */
  readonly links?: Links | undefined;
  /** Why the run must not be executed: none of our functions has ordered it. @throws when that can't be checked */
  readonly orderFault: () => Promise<string | undefined>;
}

/** What every stage of a run uses; it never changes. */
export interface RunContext extends Dependencies {
  readonly request: RunRequest;
  readonly playbook: AnyPlaybook;
  readonly begun: Begun;
  /** The alarm behind the run, or the playbook's first; none for a playbook that only people start. */
  readonly alarm: AlarmDeclaration | undefined;
  /** As the alarm declares it. */
  readonly severity: Severity;
  readonly journal: Journal;
  /** A repeatable step; what its result leaves for the record is noted. */
  readonly step: <T extends Noted>(
    name: string,
    work: (attempt: Attempt) => Promise<T>,
    told: (value: T) => Told,
    leadsOn?: (value: T) => boolean,
  ) => Promise<T>;
  readonly evidence: EvidenceStore;
  readonly notes: RunNotes;
}

/** @throws when the playbook does not exist */
export function contextOf(request: RunRequest, journal: Journal, dependencies: Dependencies): RunContext {
  const { tools, settings } = dependencies;
  const found = playbookById(request.playbook);
  if (!found)
    throw new TypeError(`there is no playbook "${request.playbook}"; run ${request.run} can't be made`);
  const playbook = deployed(found, settings.alarms);
  const { cause } = request;
  const named = 'alarm' in cause ? playbook.alarms.find(({ name }) => name === cause.alarm.name) : undefined;
  const alarm = named ?? playbook.alarms[0];
  const notes = new RunNotes();
  return {
    ...dependencies,
    request,
    playbook,
    begun: begunBy(request, playbook),
    alarm,
    severity: alarm?.severity ?? 'SEV-4',
    journal,
    async step(name, work, told, leadsOn) {
      const value = await journal.repeatable(name, work, told, leadsOn);
      notes.add(value);
      return value;
    },
    evidence: evidenceStore(tools, settings.bucket, request),
    notes,
  };
}

function begunBy({ run, target, cause }: RunRequest, playbook: AnyPlaybook): Begun {
  const incident = incidentOf(run);
  if (target && !('alarm' in cause)) return { target: playbook.target.parse(target), incident };
  const name = 'alarm' in cause ? cause.alarm.name : (playbook.alarms[0]?.name ?? playbook.id);
  return { target: playbook.targetOf({ name, changedAt: new Date(momentOf(cause)) }), incident };
}

/** While an alarm lasts its target moves on: the sweep wants today's. */
function momentOf(cause: Cause): string {
  if (cause.kind === 'alarm') return cause.alarm.changedAt;
  return 'slot' in cause ? cause.slot : cause.at;
}

export const openingOf = (
  { request, severity, journal }: RunContext,
  { target, openedAt, cause }: Pick<Opened, 'target' | 'openedAt' | 'cause'>,
): RunOpening => ({
  request,
  target,
  severity,
  executionArn: journal.executionArn,
  openedAt,
  ...(cause && { cause }),
});

/** What a step leaves for the record. */
export interface Noted {
  readonly answers?: readonly Answer[];
  /** Where evidence was kept, and its hash then. */
  readonly evidenceSets?: readonly EvidenceBody[];
  readonly ledgerWrites?: number;
}

/**
 * What the steps have left for the record, however the run ends. It only grows, in the same way on a
 * replay.
 */
export class RunNotes {
  readonly answers: Answer[] = [];
  readonly evidenceSets: EvidenceBody[] = [];
  ledgerWrites = 0;

  add({ answers = [], evidenceSets = [], ledgerWrites = 0 }: Noted): void {
    this.answers.push(...answers);
    this.evidenceSets.push(...evidenceSets);
    this.ledgerWrites += ledgerWrites;
  }
}
