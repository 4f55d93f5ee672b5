/** A playbook that looks and escalates; what only its author knows says FILL IN, and the contract test finds it. */
export const playbookText = (id: string, name: string): string => `import * as z from 'zod';
import { deciding } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { periodState } from '../probes/period-state.ts';
import { definePlaybook } from './definition.ts';

/** The decision table in words, in the order in which \`decide\` goes through it. */
const { branches, leave, escalate } = deciding({
  closed: { when: 'the period is closed', then: 'a person writes a correction' },
  'unknown-period': { when: 'the ledger does not know the period', then: 'a person looks' },
  healthy: { when: 'FILL IN: how it looks when nothing is wrong', then: 'nothing' },
});

export const ${name} = definePlaybook({
  id: '${id}',
  section: 'FILL IN: number and title in the runbook',
  symptoms: ['FILL IN: what people notice'],
  alarms: [
    {
      name: '${id}',
      metric: 'FILL IN: a metric of lambdas/domain/metrics.ts',
      threshold: { above: 0 },
      severity: 'SEV-3',
      description: 'FILL IN: what it means when this alarm fires',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'missing',
    },
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
  // More looks: lambdas/catalog/probes, each with its permissions.
  probes: { period: periodState },

  branches,
  decide({ period }, { target }) {
    if (period === 'closed') {
      return escalate('closed', \`\${target.period} is closed; a person writes a correction\`, 'SEV-3');
    }
    if (period === 'unknown') {
      return escalate('unknown-period', \`the ledger does not know \${target.period}\`, 'SEV-3');
    }
    return leave('healthy', 'FILL IN: the figures that say so');
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
