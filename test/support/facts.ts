import type { Collected, Setting } from '../../lambdas/engine/guards/facts.ts';
import type { Guard } from '../../lambdas/engine/guards/definition.ts';
import { verdictOf } from '../../lambdas/engine/guards/judge.ts';
import { known, unknown, type Known } from '../../lambdas/domain/known.ts';
import type { Verdict } from '../../lambdas/domain/guard-answer.ts';
import { requesterOf, type Cause } from '../../lambdas/domain/run-request.ts';
import { playbookById } from '../../lambdas/catalog/playbooks/registry.ts';
import { Limits, limitsOf } from '../../lambdas/domain/limits.ts';
import type { PlansBegun, Standing } from '../../lambdas/record/standing.ts';

export const NOW = '2026-11-23T14:00:00.000Z';
export const PLAYBOOK = 'cur-freshness';

export const alarmCause: Cause & { kind: 'alarm' } = {
  kind: 'alarm',
  alarm: {
    name: 'cur-freshness',
    account: '012345678901',
    region: 'us-east-1',
    kind: 'metric',
    state: 'ALARM',
    previous: 'OK',
    changedAt: NOW,
    reason: 'Threshold Crossed',
  },
};

const caller = { arn: 'arn:aws:sts::012345678901:assumed-role/sre/sre-one', person: 'sre-one' };
const person = { by: 'sre-one', caller, reason: 'to see', at: NOW };

/** One cause of each kind. */
export const causes = {
  alarm: alarmCause,
  sweep: { ...alarmCause, kind: 'sweep', slot: NOW },
  recovery: { kind: 'recovery', incident: 'INC-r1', slot: NOW },
  upstream: { kind: 'upstream', incident: 'INC-r1', slot: NOW },
  manual: { kind: 'manual', ...person },
  replay: { kind: 'replay', of: 'r1', evidence: 'today', ...person },
  undo: { kind: 'undo', of: 'r1', ...person },
} as const satisfies Record<Cause['kind'], Cause>;

const none: PlansBegun = { hour: { count: 0, oldest: null }, day: { count: 0, oldest: null } };

/** Nothing was ordered, and nothing was done lately. */
export const standing = (change: Partial<Standing> = {}): Known<Standing> =>
  known({
    paused: [],
    trust: undefined,
    // What stands in the record was ordered, unless a test says otherwise.
    auditedTrust: change.trust,
    breaker: undefined,
    begun: { overall: none, playbook: none, target: none },
    lastPlan: undefined,
    inARow: 0,
    returns: 0,
    ...change,
  });

/** Limits as a deployment writes them; what it leaves out is the default, but for the trust. */
export const limitsWith = (written: Readonly<Record<string, unknown>> = {}): Limits =>
  Limits.parse({ trust: { initial: 'auto' }, ...written });

/** What a guard is asked with. */
export type Asked = Setting & Collected;

/** A world in which every guard allows; a test changes what it is about. */
export function facts(change: Partial<Asked> = {}): Asked {
  const all = change.all ?? limitsWith();
  const playbook = change.playbook ?? PLAYBOOK;
  return {
    now: new Date(NOW),
    cause: alarmCause,
    requester: requesterOf({ cause: change.cause ?? alarmCause, startedBy: undefined }),
    mode: 'live',
    playbook,
    granted: false,
    all,
    limits: limitsOf(all, playbookById(playbook) ?? { id: playbook }),
    ledger: known({ away: undefined }),
    ordered: known(true),
    otherRun: known(undefined),
    upstream: known({ fault: undefined, healthy: ['cur'], incident: 'INC-1', attended: true }),
    standing: standing(),
    alarm: known({ name: 'cur-freshness', state: 'ALARM', since: NOW, mutedBy: [] }),
    periods: known([{ period: '2026-11', state: 'open', mayBeClosed: false }]),
    effect: known({ rows: 10, usd: '1.50', tenants: ['TEN-00123'] }),
    conflicts: known([]),
    changedBy: known(undefined),
    approval: known({ need: { needed: false }, asked: undefined }),
    ...change,
  };
}

/** A fact that could not be found out. */
export const lacking: Known<never> = unknown('nobody answers');

/** A row of a guard's table: what it is about, the facts, and the whole verdict. */
export type Row = readonly [what: string, facts: Asked, verdict: Verdict];

/** Every guard's table is asked the same way. */
export function guardTable(guard: Guard, rows: readonly Row[]): void {
  test.each(rows)(`${guard.name}: %s`, (_what, given, verdict) => {
    expect(verdictOf(guard, given)).toEqual(verdict);
  });
}

export const allows = (figures: string): Verdict => ({ answer: 'allow', figures });
export const refuses = (figures: string, more: Omit<Verdict, 'answer' | 'figures'> = {}): Verdict => ({
  answer: 'refuse',
  figures,
  ...more,
});
