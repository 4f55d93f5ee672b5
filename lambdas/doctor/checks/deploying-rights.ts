import type { AwsClients } from '../../platform/aws.ts';
import { ok, unknown, wrong, type CheckOf, type Finding } from '../check.ts';
import { isThere } from '../run-checks.ts';

/** Named by the CDK's bootstrap, unless it was given another qualifier. */
const QUALIFIER = 'hnb659fds';

interface Denied {
  readonly action: string;
  readonly resource: string;
  readonly by: 'the organization' | 'an explicit deny' | 'no policy allows it';
}

/** CloudFormation makes the resources as the role of the bootstrap, or as the caller where there is none. */
export const deployingRights: CheckOf<'account'> = {
  id: 'deploying-rights',
  asks: 'May the deployment make all that it makes?',
  needs: 'account',
  async run({ settings: { account, region, partition }, planned: { rights }, aws, caller, deployed }) {
    const iam = await aws.iam();
    const name = `cdk-${QUALIFIER}-cfn-exec-role-${account}-${region}`;
    const isBootstrapped = await isThere(() => iam.getRole({ RoleName: name }));
    if (!isBootstrapped && !deployed)
      return [
        wrong({
          fault: 'The CDK cannot deploy: the account is not bootstrapped in this Region',
          found: `no role ${name}`,
          wanted: "the CDK's bootstrap stack in this account and Region",
          remedy: `npx cdk bootstrap aws://${account}/${region}`,
        }),
      ];
    const source = isBootstrapped
      ? `arn:${partition}:iam::${account}:role/${name}`
      : await lastingOf(iam, caller);
    if (source === undefined) return [ok(`${caller} may do everything`)];
    const results = await Promise.all(rights.map((one) => deniedOf(iam, source, one)));
    const denied = results.flatMap((one) => one.denied);
    const missing = [...new Set(results.flatMap((one) => one.missing))];
    const findings: Finding[] = denied.map(({ action, resource, by }) =>
      wrong({
        fault: `The deployment may not ${action}`,
        found: `${by}: ${action} on ${resource}`,
        wanted: `${source} may ${action}`,
        remedy:
          by === 'the organization'
            ? "have your organization's administrator change the service control policy that denies it"
            : 'npm run --silent doctor -- --policy prints the policy that the role needs',
      }),
    );
    if (missing.length > 0)
      findings.push(
        unknown(
          `a condition of its policies wants ${missing.join(', ')}, which a simulation does not know`,
          'look at the conditions of its policies yourself',
        ),
      );
    const count = rights.reduce((sum, { actions }) => sum + actions.length, 0);
    return findings.length > 0 ? findings : [ok(`${count} actions are allowed to ${source}`)];
  },
};

type Iam = Awaited<ReturnType<AwsClients['iam']>>;

/** Of a session: its role. Root may do everything, and cannot be simulated. */
async function lastingOf(iam: Iam, caller: string): Promise<string | undefined> {
  if (caller.endsWith(':root')) return undefined;
  const role = /:assumed-role\/([^/]+)\//.exec(caller)?.[1];
  if (role === undefined) return caller;
  // The session's ARN does not have the role's path.
  return (await iam.getRole({ RoleName: role })).Role?.Arn;
}

async function deniedOf(
  iam: Iam,
  source: string,
  { resource, actions }: { readonly resource: string; readonly actions: readonly string[] },
): Promise<{ denied: Denied[]; missing: string[] }> {
  const denied: Denied[] = [];
  const missing: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.simulatePrincipalPolicy({
      PolicySourceArn: source,
      ActionNames: [...actions],
      ResourceArns: [resource],
      ContextEntries: [
        {
          ContextKeyName: 'iam:PassedToService',
          ContextKeyType: 'string',
          ContextKeyValues: ['lambda.amazonaws.com'],
        },
      ],
      ...(Marker !== undefined && { Marker }),
    });
    for (const one of page.EvaluationResults ?? []) {
      if (one.EvalDecision === 'allowed') continue;
      const keys = one.MissingContextValues ?? [];
      const by =
        one.OrganizationsDecisionDetail?.AllowedByOrganizations === false
          ? 'the organization'
          : one.EvalDecision === 'explicitDeny'
            ? 'an explicit deny'
            : 'no policy allows it';
      if (keys.length > 0 && by !== 'the organization') missing.push(...keys);
      else denied.push({ action: one.EvalActionName ?? '?', resource, by });
    }
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return { denied, missing };
}
