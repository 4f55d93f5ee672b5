import type { Outcome } from '../../lambdas/domain/outcome.ts';
import type { Sandbox } from '../sandbox.ts';
import type { LimitsInput } from '../settings-here.ts';

/** A run that a fault must start, and how it must end. */
export interface ExpectedRun {
  readonly playbook: string;
  readonly outcome: Outcome;
  /** The row of the playbook's decision table; null: it was refused, or failed, before anything was decided. */
  readonly branch: string | null;
  /** What a person requests it for, where that is not what the playbook would take it to be about. */
  readonly target?: Readonly<Record<string, string>>;
  /** The reason that people read. */
  readonly why?: RegExp;
}

/** A way in which the world can be wrong (or only look so), and what the responder must make of it. */
export interface Fault {
  /** kebab-case, unique: `npm start -- --fault <name>`, `npm run drill -- <name>`. */
  readonly name: string;
  /** One sentence for people. */
  readonly about: string;
  /**
   * `fault`: one thing is broken. `control`: the right answer is to do nothing. `compound`: several things are, at once.
   * `poisoned`: the data themselves are absurd. `platform`: what the responder itself stands on is broken.
   */
  readonly kind: 'fault' | 'control' | 'compound' | 'poisoned' | 'platform';
  /** Every run that must start, oldest first, and no other; none: no run may start. */
  readonly runs: readonly ExpectedRun[];
  /**
   * Every change to Commercial-Ops that the responder must make, in order, and no other: `glue:StartJobRun`,
   * `lambda:Invoke allocation_runner`, `sns:Publish tenant-notices`, `sqs:StartMessageMoveTask`, `ledger:settle-invoice`.
   */
  readonly actions: readonly string[];
  /** Where they depend on the clock of the world that was broken: at the turn of a month two months are affected. */
  actionsIn?(sandbox: Sandbox): readonly string[];
  /** The business metric that shows it, of `lambdas/signals`; measured before and after. */
  readonly metric: string;
  /** The sandbox's minutes that it may take; by default 150, and 30 where nothing may happen. */
  readonly minutes?: number;
  /** Where the clock of its world stands, if that matters: at the end of a month, or on 29 February. */
  readonly now?: Date;
  /** Where the sandbox's own limits would not bite. */
  readonly limits?: LimitsInput;
  /** Its incidents are sent to the stand-ins for pagers. */
  readonly pagers?: boolean;
  /** Breaks a healthy world. Called once the signals have been measured there. */
  inject(sandbox: Sandbox): Promise<void>;
}

/** One thing that is done to a healthy world. */
export type Step = (sandbox: Sandbox) => unknown;

/** How a run of the playbook can end: in which row of its decision table, and with which reason. */
export function runsOf(playbook: string) {
  const ends =
    (outcome: Outcome) =>
    (branch: string | null, why?: RegExp): ExpectedRun => ({
      playbook,
      outcome,
      branch,
      ...(why && { why }),
    });
  return {
    resolved: ends('resolved'),
    selfHealed: ends('self-healed'),
    escalated: ends('escalated'),
    ineffective: ends('ineffective'),
    inconclusive: ends('inconclusive'),
    failed: ends('failed'),
    refused: ends('refused'),
    rehearsed: ends('rehearsed'),
    /** Of a second alarm, whose run finds the first one's. */
    joined: ends('refused')(null, /^guard open-run: /),
  };
}

/**
 * The words in which a playbook's faults are written: `fault(name, about).inject(…steps).expect(run, …actions)`.
 * @param metric of `lambdas/signals`, which shows them
 */
export function faultsOf(playbook: string, metric: string) {
  const of =
    (kind: Fault['kind']) =>
    (
      name: string,
      about: string,
      settings: Pick<Fault, 'limits' | 'minutes' | 'now' | 'pagers' | 'actionsIn'> = {},
    ) => ({
      inject(...steps: readonly Step[]) {
        const card = { name, about, kind, metric, ...settings };
        const inject = async (sandbox: Sandbox): Promise<void> => {
          for (const step of steps) await step(sandbox);
        };
        const expect = (
          runs: ExpectedRun | readonly ExpectedRun[],
          ...actions: readonly string[]
        ): Fault => ({
          ...card,
          runs: [runs].flat(),
          actions,
          inject,
        });
        return { expect, expectNothing: () => expect([]) };
      },
    });
  return {
    fault: of('fault'),
    control: of('control'),
    compound: of('compound'),
    poisoned: of('poisoned'),
    platform: of('platform'),
    ...runsOf(playbook),
  };
}
