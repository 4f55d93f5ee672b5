/** A playbook that looks and escalates; what only its author knows says FILL IN, and the contract test finds it. */
export const playbookText = (id: string, name: string): string => `import * as z from 'zod';
import { deciding } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { periodState } from '../probes/period-state.ts';
import { alarmOn } from './alarm-on.ts';
import { changeableMonth } from './closed-period.ts';
import { definePlaybook } from './definition.ts';

const MONTH = changeableMonth('FILL IN: it is never changed again');

/** The decision table in words, in the order in which \`decide\` goes through it. */
const { branches, leave, escalate } = deciding({
  ...MONTH.branches,
  broken: {
    when: 'FILL IN: how it looks when it is broken; decide it by the figures, or take this row away',
    then: 'a person looks',
    prevention: 'FILL IN: What would keep it from happening again',
  },
  healthy: { when: 'FILL IN: how it looks when nothing is wrong', then: 'nothing' },
});

export const ${name} = definePlaybook({
  id: '${id}',
  section: 'FILL IN: number and title in the runbook',
  symptoms: ['FILL IN: what people notice'],
  alarms: [
    alarmOn('FILL IN: a metric of lambdas/catalog/signals', {
      name: '${id}',
      threshold: { above: 0 },
      severity: 'SEV-3',
      description: 'FILL IN: what it means when this alarm fires',
    }),
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
  // More probes: lambdas/catalog/probes, each with its permissions.
  probes: { period: periodState },

  branches,
  decide({ period }, { target }) {
    const asked = { month: target.period, state: period, severity: 'SEV-3' } as const;
    return MONTH.refuse(asked, escalate) ?? leave('healthy', 'FILL IN: the figures that say so');
  },

  // What a plan may name: lambdas/catalog/actions, each with how it is repeated and undone.
  actions: [],
  recovery: {
    probes: { period: periodState },
    check: ({ period }) => ({ healthy: period !== 'unknown', summary: \`FILL IN: the figures (\${period})\` }),
  },
});
`;

export const testText = (
  id: string,
  name: string,
): string => `import { ${name} } from '../../../lambdas/catalog/playbooks/${id}.ts';

const context = { target: { period: '2026-11' }, now: new Date('2026-11-23T14:00:00Z') };

/** One row for every way through \`decide\`. */
test.each([
  ['closed', 'escalate', 'closed'],
  ['unknown', 'escalate', 'unknown-period'],
  ['open', 'leave', 'healthy'],
])('a period that is %s: %s (%s)', (period, kind, branch) => {
  expect(${name}.decide({ period }, context)).toMatchObject({ kind, branch });
});
`;
