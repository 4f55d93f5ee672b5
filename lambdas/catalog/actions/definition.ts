import type { Impact } from '../../domain/impact.ts';
import type * as z from 'zod';
import type { ActTools, ReadTools } from '../../platform/clients.ts';
import type { Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';

export type Params = Readonly<Record<string, string>>;

export interface ActContext {
  readonly settings: Settings;
  readonly run: string;
  /** When the action began; for a look at its progress, the moment of the look. */
  readonly now: Date;
  /** Unique for this action of this run, and the same however often it is tried: a job's `run_id`. */
  readonly actionId: string;
  /** Of the lock under which the run acts; jobs refuse an older one than the newest they have seen. */
  readonly fence: string;
}

/** Where the thing that was started can be found again: its identity in AWS, as JSON. */
export type Handle = Readonly<Record<string, string>>;

export type Progress =
  | { readonly state: 'running'; readonly summary: string }
  | { readonly state: 'succeeded'; readonly summary: string }
  | { readonly state: 'failed'; readonly summary: string };

/** What an interrupted or unanswered start turned out to be. */
export type Reconciled =
  { readonly state: 'started'; readonly handle: Handle } | { readonly state: 'absent' };

/** Names of what an action locks; those that several actions lock are in `domain/lock-names.ts`. */
export interface Locks {
  /** Held alone while it acts. */
  readonly writes: readonly string[];
  /** Must not be written by anybody else meanwhile. */
  readonly reads: readonly string[];
}

/** A job's run as the ledger has it, whoever started it. */
export interface Trace {
  readonly job: string;
  readonly period: string | null;
  readonly tenant: string | null;
}

export interface ImpactContext {
  readonly settings: Settings;
  readonly now: Date;
}

/** How an action is undone by another one, which a person asks for. */
export interface Compensation {
  /** Name of the action that undoes it; its playbook declares it, too. */
  readonly by: string;
  readonly why: string;
  params(params: Params): Params;
}

/** Name of a job's function: as the deployment calls it, else the usual one. */
export interface OwnJob {
  (estate: Settings['estate']): string;
  /** The deployment's name for it is `estate.jobs.<key>`. */
  readonly key: string;
}

export const ownJob = (key: string, usual: string): OwnJob =>
  Object.assign(({ jobs }: Settings['estate']): string => jobs[key] ?? usual, { key });

/**
 * Why one of two actions comes first that two playbooks could plan at the same time. No lock enforces the order: so the
 * reason says what does, or why the wrong way round leaves nothing wrong.
 */
export type Precedence =
  | string
  /** They share no lock, and still meet: in what others do on their behalf. */
  | { readonly why: string; readonly shares: string };

/** Names of actions of other playbooks, each with the reason. */
export type Precedences = Readonly<Record<string, Precedence>>;

/** A named change to the world. The engine calls it; playbooks only name it in plans. */
export interface ActionDefinition {
  readonly name: string;
  readonly params: z.ZodType<Params>;
  /** What a plan could hold: every rule about actions is tried on it. */
  readonly example: Params;
  /** Of the acting role: what `start` needs. */
  readonly permissions: Permissions;
  /** In the ledger, for the actor's login: `update (status, paid_at) on invoice_header`. */
  readonly grants?: readonly string[];
  /** Of the looking role: what `reconcile` and `progress` need. */
  readonly readPermissions: Permissions;
  /** False for a plan step that only waits for what somebody else started. */
  readonly changes: boolean;
  /**
   * Whether it may touch a closed period, which is immutable. The few that may say why: issuing from frozen figures,
   * settling. Every other is refused by a guard, whatever was decided.
   */
  readonly closedPeriod: 'refused' | { readonly allowed: string };
  /** Its failure does not keep the plan's other actions from being carried out: one tenant's is not another's. */
  readonly independent?: true;
  /** How it is made safe to repeat, in words. */
  readonly repeat: string;
  /** The action that undoes it, or why no machine can. */
  readonly undo: Compensation | { readonly irreversible: string };
  /** It moves money or touches invoices: where approval is asked for, two people give it. */
  readonly money?: true;
  /**
   * Actions that come after it where both could be planned; said by one of the two. A stack in which a pair that shares
   * something is left unsaid is not synthesised.
   */
  readonly before?: Precedences;
  /** Actions that come before it. */
  readonly after?: Precedences;
  /** What it locks. Two plans that lock the same never act side by side. */
  locks(params: Params, settings: Settings): Locks;
  /** Asked before anything is done, of the looking role. @throws when nobody can say: then nothing is done */
  impact(params: Params, context: ImpactContext, tools: ReadTools): Promise<Impact>;
  /** The job that it starts, where no other part of the responder knows it. */
  readonly ownJob?: OwnJob;
  /** How it shows in `job_run` that people did the same: a rehearsal is compared with that. */
  trace?(params: Params, settings: Settings): Trace;
  /** For people: "start Glue job cur_ingest_prod for 2026-11". */
  describe(params: Params, settings: Settings): string;
  /** Sent at most once, by a client that never resends. */
  start(params: Params, context: ActContext, tools: ActTools): Promise<Handle>;
  /** Was it started after all? Asked when `start` was interrupted or its answer lost. */
  reconcile(params: Params, context: ActContext, tools: ReadTools): Promise<Reconciled>;
  progress(handle: Handle, context: ActContext, tools: ReadTools): Promise<Progress>;
}
