import type { EvaluationResult, IAM, SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';
import { causeOf } from '../../platform/tell-error.ts';
import { curDelivery, findDelivery } from './cur-delivery.ts';
import { foldersOf, placesOf } from './cur-layout.ts';
import { defineProbe, type ProbeContext } from './definition.ts';

/** A permission of the job's role that the simulation does not show. */
const Doubt = z.object({
  /** `action on resource` */
  permission: z.string(),
  /** A simulation sees the role's own policies alone: all else is unknown to it. */
  verdict: z.enum(['missing', 'unknown']),
  because: z.string(),
});
export type Doubt = z.infer<typeof Doubt>;

export const IngestionPermissions = z.array(Doubt);

interface Needed {
  readonly action: string;
  readonly resource: string;
  /** Whether the resource may itself grant it to a role: Athena's workgroups have no policy. */
  readonly resourceGrants: boolean;
}

/** The runbook's list of what the ingestion job's role must be allowed. */
const needed = (settings: Settings, folders: readonly string[]): readonly Needed[] => {
  const { cur, athena } = settings.estate;
  return [
    ...folders.map((folder) => ({
      action: 's3:GetObject',
      resource: arnOf(settings, 's3', `${cur.bucket}/${folder}*`),
      resourceGrants: true,
    })),
    {
      action: 'athena:StartQueryExecution',
      resource: arnOf(settings, 'athena', `workgroup/${athena.workgroup}`),
      resourceGrants: false,
    },
  ];
};

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

/** IAM's endpoint may have no route from a VPC: then it answers nothing at all. */
const PATIENCE_MS = 10_000;

export const ingestionPermissions = defineProbe<{ period: string }, Doubt[]>({
  name: 'ingestion-permissions',
  question: "May the ingestion job's role read the delivery and query Athena?",
  queries: [
    'aws iam simulate-principal-policy --policy-source-arn <role of the job> --action-names s3:GetObject athena:StartQueryExecution',
  ],
  permissions: (settings) => [
    { actions: ['iam:SimulatePrincipalPolicy'], resources: [roleArn(settings)] },
    ...(settings.estate.cur.layout === 'by-month' ? [] : curDelivery.permissions(settings)),
  ],
  value: IngestionPermissions,
  async run(context) {
    const { settings, tools } = context;
    const iam = await tools.iam();
    const { folders, evidence: found } = await dataFolders(context);
    const wanted = needed(settings, folders);
    const distinct = (of: readonly string[]): string[] => [...new Set(of)];
    // Of each action on each resource, in one call; those that belong together count.
    const parameters = {
      PolicySourceArn: roleArn(settings),
      ActionNames: distinct(wanted.map(({ action }) => action)),
      ResourceArns: distinct(wanted.map(({ resource }) => resource)),
    };
    const { rows, doubtAbout } = await simulated(iam, parameters);
    return {
      value: wanted.flatMap((one) => {
        const doubt = doubtAbout(one);
        return doubt ? [{ permission: `${one.action} on ${one.resource}`, ...doubt }] : [];
      }),
      evidence: [...found, evidenceOf('iam:SimulatePrincipalPolicy', parameters, rows)],
    };
  },
  describe: (doubts) => (doubts.length === 0 ? 'yes, both' : describeDoubts(doubts)),
});

type Said = Omit<Doubt, 'permission'> | undefined;

async function simulated(
  iam: IAM,
  parameters: SimulatePrincipalPolicyCommandInput,
): Promise<{ rows: readonly object[]; doubtAbout: (one: Needed) => Said }> {
  try {
    const abortSignal = AbortSignal.timeout(PATIENCE_MS);
    const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy(parameters, { abortSignal });
    return { rows: EvaluationResults, doubtAbout: (one) => doubtOf(EvaluationResults, one) };
  } catch (error) {
    // The job has a log of its own; that IAM does not answer is no reason to do nothing.
    const because = `IAM does not simulate it: ${causeOf(error)}`;
    return { rows: [{ error: String(error) }], doubtAbout: () => ({ verdict: 'unknown', because }) };
  }
}

/** A denial that a condition decides, or that another policy may lift, is no proof. */
export function doubtOf(
  results: readonly EvaluationResult[],
  { action, resource, resourceGrants }: Needed,
): Said {
  const result = results.find(({ EvalActionName }) => EvalActionName === action);
  const own = result?.ResourceSpecificResults?.find(({ EvalResourceName }) => EvalResourceName === resource);
  // The decision on all resources together says nothing about one.
  if (!result || !own) return { verdict: 'unknown', because: 'IAM evaluated nothing' };
  const decision = own.EvalResourceDecision ?? 'not evaluated';
  if (decision === 'allowed') return undefined;
  const missing = own.MissingContextValues ?? result.MissingContextValues ?? [];
  if (missing.length > 0)
    return { verdict: 'unknown', because: `${decision}, without knowing ${missing.join(', ')}` };
  if (result.OrganizationsDecisionDetail?.AllowedByOrganizations === false)
    return { verdict: 'missing', because: `${decision} by the organization` };
  if (decision === 'implicitDeny' && resourceGrants)
    return { verdict: 'unknown', because: `${decision}, without knowing the bucket's policy` };
  return { verdict: 'missing', because: decision };
}

const describeDoubts = (doubts: readonly Doubt[]): string =>
  doubts.map(({ permission, verdict, because }) => `${verdict}: ${permission} (${because})`).join('; ');

const roleArn = (settings: Settings): string =>
  arnOf(settings, 'iam', `role/${settings.estate.ingestion.role}`);
