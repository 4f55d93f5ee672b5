import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';
import { curDelivery, findDelivery } from './cur-delivery.ts';
import { foldersOf, placesOf } from './cur-layout.ts';
import { defineProbe, type ProbeContext } from './definition.ts';

/** What the job's role may not do, as `action on resource`. */
export const MissingPermissions = z.array(z.string());

/** The runbook's list of what the ingestion job's role must be allowed. */
const needed = (settings: Settings, folders: readonly string[]) => [
  ...folders.map((folder) => ({
    action: 's3:GetObject',
    resource: arnOf(settings, 's3', `${settings.estate.cur.bucket}/${folder}*`),
  })),
  {
    action: 'athena:StartQueryExecution',
    resource: arnOf(settings, 'athena', `workgroup/${settings.estate.athena.workgroup}`),
  },
];

/** Where the files of the delivery are that the job would load; without one, where AWS would put them. */
async function dataFolders(
  context: ProbeContext<{ period: string }>,
): Promise<{ folders: readonly string[]; evidence: readonly Evidence[] }> {
  const { cur } = context.settings.estate;
  const { folder } = placesOf(cur, context.target.period);
  // By month every file lies in the one folder.
  if (cur.layout === 'by-month') return { folders: [folder], evidence: [] };
  const { named, evidence } = await findDelivery(context);
  return { folders: named.length > 0 ? foldersOf(named) : [folder], evidence };
}

export const ingestionPermissions = defineProbe<{ period: string }, string[]>({
  name: 'ingestion-permissions',
  question: "May the ingestion job's role read the delivery and query Athena?",
  queries: [
    'aws iam simulate-principal-policy --policy-source-arn <role of the job> --action-names s3:GetObject athena:StartQueryExecution',
  ],
  permissions: (settings) => [
    { actions: ['iam:SimulatePrincipalPolicy'], resources: [roleArn(settings)] },
    ...(settings.estate.cur.layout === 'by-month' ? [] : curDelivery.permissions(settings)),
  ],
  value: MissingPermissions,
  async run(context) {
    const { settings, tools } = context;
    const iam = await tools.iam();
    const { folders, evidence: found } = await dataFolders(context);
    const answers = await Promise.all(
      needed(settings, folders).map(async ({ action, resource }) => {
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
      evidence: [...found, ...answers.map(({ evidence }) => evidence)],
    };
  },
  describe: (missing) => (missing.length === 0 ? 'yes, both' : `missing: ${missing.join('; ')}`),
});

const roleArn = (settings: Settings): string =>
  arnOf(settings, 'iam', `role/${settings.estate.ingestion.role}`);
