import * as z from 'zod';
import { deciding } from '../engine/decision.ts';
import { Period, periodOf } from '../period.ts';
import { definePlaybook, type AlarmDeclaration, type AnyPlaybook } from './definition.ts';

const { branches, escalate } = deciding({
  'by-hand': { when: 'always', then: 'a person works through the section' },
});

/**
 * A playbook that diagnoses nothing and calls a person: for sections of the runbook that are not automated yet.
 * It says so, so that nobody takes silence for health.
 */
export function escalatesOnly(playbook: {
  id: string;
  section: string;
  alarms: readonly AlarmDeclaration[];
}): AnyPlaybook {
  return definePlaybook({
    ...playbook,
    symptoms: [],
    branches,
    target: z.strictObject({ period: Period }),
    targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
    probes: {},
    decide: () =>
      escalate(
        'by-hand',
        `nothing was looked at: section “${playbook.section}” of the runbook is not automated yet; work through it by hand`,
        playbook.alarms[0]?.severity ?? 'SEV-3',
      ),
    actions: [],
    recovery: {
      probes: {},
      holds: () => ({ healthy: false, tell: 'not looked at' }),
    },
  });
}
