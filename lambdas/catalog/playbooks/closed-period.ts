import type { Decision, Severity } from '../../domain/decision.ts';
import type { PeriodState } from '../probes/period-state.ts';

type Refusal = 'closed' | 'unknown-period';

interface Asked {
  /** `2026-11` */
  readonly month: string;
  readonly state: PeriodState;
  readonly severity: Severity;
  /** Figures to show with the refusal. */
  readonly figures?: string;
}

/**
 * The first rows of a playbook that changes a month's figures: a closed month is immutable, and an
 * unknown month must not be changed.
 * @param never "its costs are never loaded again"
 */
export const changeableMonth = (never: string) => ({
  branches: {
    closed: { when: 'the period is closed', then: `a person: write a correction; ${never}` },
    'unknown-period': {
      when: 'the ledger does not know the period',
      then: 'a person: check; nothing may be changed',
    },
  },
  /** @returns undefined when the month may be changed */
  refuse(
    { month, state, severity, figures }: Asked,
    escalate: (branch: Refusal, why: string, severity: Severity) => Decision,
  ): Decision | undefined {
    if (state === 'closed') {
      const shown = figures === undefined ? '' : ` (${figures})`;
      return escalate(
        'closed',
        `${month} is closed: ${never}${shown}; a person writes a correction`,
        severity,
      );
    }
    if (state !== 'unknown') return undefined;
    const why = `the ledger does not know the state of ${month}, so it may not be changed`;
    return escalate('unknown-period', why, severity);
  },
});
