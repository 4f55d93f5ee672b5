import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { evidenceOf } from '../../domain/evidence.ts';
import { defineProbe } from './definition.ts';

/** What the job's role may not do, as `action on resource`. */
export const MissingPermissions = z.array(z.string());

/** The runbook's list of what the ingestion job's role must be allowed. */
const needed = (settings: Settings, period: string) => [
  {
    action: 's3:GetObject',
    resource: arnOf(
      settings,
      's3',
      `${settings.estate.cur.bucket}/${settings.estate.cur.prefix}/${period}/*`,
    ),
  },
  {
    action: 'athena:StartQueryExecution',
    resource: arnOf(settings, 'athena', `workgroup/${settings.estate.athena.workgroup}`),
  },
];

export const ingestionPermissions = defineProbe<{ period: string }, string[]>({
  name: 'ingestion-permissions',
  question: "May the ingestion job's role read the delivery and query Athena?",
  queries: [
    'aws iam simulate-principal-policy --policy-source-arn <role of the job> --action-names s3:GetObject athena:StartQueryExecution',
  ],
  permissions: (settings) => [{ actions: ['iam:SimulatePrincipalPolicy'], resources: [roleArn(settings)] }],
  value: MissingPermissions,
  async run({ target, settings, tools }) {
    const iam = await tools.iam();
    const answers = await Promise.all(
      needed(settings, target.period).map(async ({ action, resource }) => {
        const parameters = {
          PolicySourceArn: roleArn(settings),
          ActionNames: [action],
          ResourceArns: [resource],
        };
        const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy(parameters);
        const decision = EvaluationResults[0]?.EvalDecision ?? 'not evaluated';
        const evidence = evidenceOf('iam:SimulatePrincipalPolicy', parameters, EvaluationResults);
        return { denied: decision === 'allowed' ? [] : [`${action} on ${resource} (${decision})`], evidence };
      }),
    );
    return {
      value: answers.flatMap(({ denied }) => denied),
      evidence: answers.map(({ evidence }) => evidence),
    };
  },
  describe: (missing) => (missing.length === 0 ? 'yes, both' : `missing: ${missing.join('; ')}`),
});

const roleArn = (settings: Settings): string =>
  arnOf(settings, 'iam', `role/${settings.estate.ingestion.role}`);
