import type { Impact } from '../../domain/impact.ts';
import type * as z from 'zod';
import type { ActTools, ReadTools } from '../../platform/clients.ts';
import type { Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';

export type Params = Readonly<Record<string, string>>;

export interface ActContext {
  readonly settings: Settings;
  readonly run: string;
  /** When the action began; when polling, now. */
  readonly now: Date;
  /** Unique for this action of this run, and the same on every retry: a job's `run_id`. */
  readonly actionId: string;
  /** Of the run's lock; jobs refuse an older fence than the newest they have seen. */
  readonly fence: string;
}

/** How to find what was started: its identity in AWS, as JSON. */
export type Handle = Readonly<Record<string, string>>;

export type Progress =
  | { readonly state: 'running'; readonly summary: string }
  | { readonly state: 'succeeded'; readonly summary: string }
  | { readonly state: 'failed'; readonly summary: string };

/** How an interrupted or unanswered start ended. */
export type Reconciled =
  { readonly state: 'started'; readonly handle: Handle } | { readonly state: 'absent' };

/** Who uses what takes one at a time. */
export interface Busy {
  /** For people; undefined: nobody. */
  readonly by?: string;
}

/** Names of what an action locks; shared ones are in `domain/lock-names.ts`. */
export interface Locks {
  /** Held alone while it acts. */
  readonly writes: readonly string[];
  /** Must not be written by others meanwhile. */
  readonly reads: readonly string[];
}

/** A job's run in the ledger, by any starter. */
export interface Trace {
  readonly job: string;
  readonly period: string | null;
  readonly tenant: string | null;
}

export interface ImpactContext {
  readonly settings: Settings;
  readonly now: Date;
}

/** How another action undoes it, when a person requests it. */
export interface Compensation {
  /** The action that undoes it; its playbook declares it, too. */
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
 * Why one of two actions of different playbooks comes first. No lock enforces this: the reason says
 * what does, or why the other order does no harm.
 */
export type Precedence =
  | string
  /** They share no lock, but meet in what others do on their behalf. */
  | { readonly why: string; readonly shares: string };

/** Actions of other playbooks, by name, each with the reason. */
export type Precedences = Readonly<Record<string, Precedence>>;

/** A named change to the world. The engine calls it; playbooks only name it in plans. */
export interface ActionDefinition {
  readonly name: string;
  readonly params: z.ZodType<Params>;
  /** A possible plan; every rule about actions is tested with it. */
  readonly example: Params;
  /** Of the acting role, for `start`. */
  readonly permissions: Permissions;
  /** In the ledger, for the actor's login, reading as well: `update (status, paid_at) on invoice_header`. */
  readonly grants?: readonly string[];
  /** Of the reading role, for `reconcile` and `progress`. */
  readonly readPermissions: Permissions;
  /** False for a step that only waits for what somebody else started. */
  readonly changes: boolean;
  /**
   * Whether it may change a closed period, which is immutable: the few that may (issuing from frozen
   * figures, settling) say why. A guard refuses all others.
   */
  readonly closedPeriod: 'refused' | { readonly allowed: string };
  /** Its failure does not stop the plan's other actions: one tenant's is not another's. */
  readonly independent?: true;
  /** It only shows what other actions of the plan changed: where none of them is left, it is left out, too. */
  readonly follows?: true;
  /** What makes it safe to repeat, in words. */
  readonly repeat: string;
  /** The action that undoes it, or why no machine can. */
  readonly undo: Compensation | { readonly irreversible: string };
  /** It moves money or changes invoices: where approval is needed, two people must give it. */
  readonly money?: true;
  /**
   * Actions that come after it where both could be planned; stated on one of the two. The stack refuses
   * a pair that shares something and states no order.
   */
  readonly before?: Precedences;
  /** Actions that come before it. */
  readonly after?: Precedences;
  /** Two plans that lock the same never act at the same time. */
  locks(params: Params, settings: Settings): Locks;
  /** Queried with the reading role before anything is done. @throws when unknown: then nothing is done */
  impact(params: Params, context: ImpactContext, tools: ReadTools): Promise<Impact>;
  /** The job that it starts, where no other part of the responder knows it. */
  readonly ownJob?: OwnJob;
  /** How `job_run` shows that people did the same: a rehearsal is compared with it. */
  trace?(params: Params, settings: Settings): Trace;
  /** For people: "start Glue job cur_ingest_prod for 2026-11". */
  describe(params: Params, settings: Settings): string;
  /** Sent at most once, by a client that never resends. */
  start(params: Params, context: ActContext, tools: ActTools): Promise<Handle>;
  /** Whether it was started after all, when `start` was interrupted or its answer lost. */
  reconcile(params: Params, context: ActContext, tools: ReadTools): Promise<Reconciled>;
  /** Of what takes one at a time: who is at work on it. After a start that was put off, it is waited for. */
  busy?(params: Params, context: ActContext, tools: ReadTools): Promise<Busy>;
  progress(handle: Handle, context: ActContext, tools: ReadTools): Promise<Progress>;
  /** What it starts has not even begun in the next moment: `progress` is asked after the first pause. */
  readonly startsSlowly?: true;
}
