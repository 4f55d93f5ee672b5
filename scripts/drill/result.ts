import type { ByHand } from '../runbook/by-hand.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { RuleResult } from './financial-rules.ts';
import type { UsedRights } from './used-rights.ts';

/** A run in one line: what a card wants, and what came. */
export interface RunInShort {
  readonly playbook: string;
  readonly outcome: string | null;
  readonly branch: string | null;
}

export const inShort = ({ playbook, outcome, branch }: RunInShort): RunInShort => ({
  playbook,
  outcome,
  branch,
});

/** A run as the record has it: all that a drill has shown. */
export interface DrillRun extends RunInShort {
  readonly run: string;
  readonly incident: string;
  readonly target: Readonly<Record<string, string>>;
  /** Whether an alarm, the sweep or a person started it. */
  readonly cause: string;
  readonly alarm: string | null;
  readonly why: string | null;
  readonly openedAt: string;
  readonly endedAt: string | null;
  /** Of its locks; null: none were granted. */
  readonly fence: string | null;
  readonly operations: number | null;
  readonly ledgerWrites: number | null;
  readonly decision: unknown;
  /** Names, in order. */
  readonly steps: readonly string[];
  readonly guards: readonly { slot: string; guard: string; answer: string; figures: string }[];
  readonly evidence: readonly {
    probe: string;
    key: string;
    source: string;
    query: string;
    rows: number;
    sha256: string;
  }[];
}

/** Its locks were granted: from then on something may have been done. An allowance alone is one guard's word. */
/** One that has begun nothing gives its fence back. */
export const wasGranted = ({ fence, steps }: Pick<DrillRun, 'fence' | 'steps'>): boolean =>
  fence !== null || steps.includes('notify:acting');

/** What a drill has shown, as JSON. */
export interface DrillResult {
  readonly name: string;
  readonly about: string;
  readonly kind: Fault['kind'];
  readonly passed: boolean;
  /** It could not be run to its end, and has shown nothing. */
  readonly brokeOff: boolean;
  /** In words; empty when it passed. */
  readonly differences: readonly string[];
  readonly expected: { readonly runs: readonly RunInShort[]; readonly actions: readonly string[] };
  readonly got: { readonly runs: readonly RunInShort[]; readonly actions: readonly string[] };
  readonly metric: { readonly name: string; readonly before: number | null; readonly after: number | null };
  readonly runs: readonly DrillRun[];
  /** Messages to people, oldest first, without the alarms themselves. */
  readonly told: readonly {
    readonly topic: string;
    readonly event: string | undefined;
    readonly subject: string | null;
  }[];
  readonly rules: readonly RuleResult[];
  /** What of the roles' policies was used. */
  readonly rights: UsedRights;
  /** Real time, the copying of the world included. */
  readonly seconds: number;
  /** By the sandbox's clock. */
  readonly minutes: number;
}

/** `.sandbox/drills.json`. */
export interface DrillReport {
  readonly at: string;
  readonly seconds: number;
  readonly workers: number;
  readonly passed: number;
  readonly failed: number;
  /** Which template was drilled: `templateKey`. */
  readonly template: string;
  readonly drills: readonly DrillResult[];
  /** Of a run of all drills: which shows which line of the runbook for people, and what none shows. */
  readonly coverage?: Coverage;
}

/** What the rehearsal of a fault's repair has shown. */
export interface RehearsalResult extends Pick<DrillResult, 'name' | 'about' | 'kind' | 'passed' | 'seconds'> {
  /** What has changed, and where a dry run did not end as one does, in words. */
  readonly differences: readonly string[];
  readonly runs: readonly DrillRun[];
}

/** `.sandbox/rehearsals.json`. */
export interface RehearsalReport extends Pick<
  DrillReport,
  'at' | 'seconds' | 'workers' | 'passed' | 'failed'
> {
  readonly rehearsals: readonly RehearsalResult[];
}

export interface Coverage {
  /** Lines of the runbook for people, each with the first drill that shows it. */
  readonly lines: readonly { readonly item: ByHand; readonly drills: readonly string[] }[];
  /** What is missing, in words; empty when everything is covered. */
  readonly missing: readonly string[];
}
