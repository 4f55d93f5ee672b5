import type { Impact } from '../domain/impact.ts';
import type { Trust } from '../domain/limits.ts';
import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import type { RunOpening } from '../domain/run-record.ts';
import type { GuardRecord } from '../domain/guard-answer.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Pool } from 'pg';
import type { Links } from '../notifications/acknowledge-link.ts';
import type { Calling } from '../record/start-escalation.ts';
import type { Notify } from '../notifications/notify.ts';
import type { Settings } from '../platform/settings.ts';
import type { Decision } from '../domain/decision.ts';
import type { Findings } from './diagnose.ts';
import type { RunRequest } from '../domain/run-request.ts';
import type { ReadTools } from '../platform/clients.ts';

/** What a run is given of the world. */
export interface World {
  readonly settings: Settings;
  readonly pool: () => Pool;
  readonly tools: ReadTools;
  readonly now: () => Date;
  readonly notify: Notify;
  readonly calling: Calling;
  /** To the page that acknowledges; a function that tells nobody has none. */
  readonly links?: Links | undefined;
}

/** How a run came to its end: one of the outcomes, and why in words with figures. */
export interface Ending {
  readonly outcome: Outcome;
  readonly why: string;
  readonly joinedRun?: string;
  /** ISO 8601: when the reason of a refusal is over, as far as that is known. */
  readonly lookAgainAt?: string;
  /** The incident of the cause, after whose end another run follows by itself; attended: its playbook has had a run. */
  readonly waitsFor?: { readonly incident: string; readonly attended: boolean };
}

/** What a run has come to know on its way; kept when it fails, too. */
export interface Course {
  readonly request: RunRequest;
  readonly playbook: AnyPlaybook;
  readonly guards: GuardRecord[];
  /** Phases whose evidence lies in the bucket. */
  readonly phases: string[];
  opening: RunOpening;
  incident: string;
  /** The incident was open before: somebody else's run has opened it. */
  joined: boolean;
  /** How often the incident has been open within a day, this time included; known when this run has opened it. */
  episode?: number;
  ledgerWrites: number;
  /** Locks and intent are on record: from then on something may have been done. */
  granted: boolean;
  /** The playbook's, and its plans in a row that did not help, when the run began. */
  trust?: Trust;
  inARow?: number;
  /** Foreseen for the whole plan. */
  effect?: Impact | undefined;
  findings?: Findings;
  decision?: Decision;
}

/** The decision as something to be done, for people. */
export function wouldDo(decision: Decision, playbook: AnyPlaybook, settings: Settings): string {
  if (decision.kind === 'leave') return 'leave everything as it is';
  if (decision.kind === 'escalate') return `call a person (${decision.severity})`;
  return decision.plan
    .map(({ action, params }) => {
      const found = playbook.actions.find(({ name }) => name === action);
      return found ? found.describe(params, settings) : action;
    })
    .join(', then ');
}

export const tellEffect = ({ rows, usd, tenants }: Impact): string =>
  `${rows} rows, ${usd} USD, ${tenants.length} tenants at most`;
