import type {
  DeleteRolePolicyCommandInput,
  GetRoleCommandInput,
  GetRoleCommandOutput,
  GetRolePolicyCommandInput,
  ListAttachedRolePoliciesCommandInput,
  ListRolePoliciesCommandInput,
  ListRolesCommandInput,
  PutRolePolicyCommandInput,
  Role as SdkRole,
} from '@aws-sdk/client-iam';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { simulation } from './iam-simulation.ts';
import type { Role } from './iam-role.ts';
import type { Iam } from './iam.ts';

/** Reading, simulating, and as much writing as a person needs to break a permission and mend it. */
export function iamOperations(iam: Iam): Record<string, Operation> {
  const roleArn = ({ RoleName }: { RoleName: string | undefined }): string => iam.role(RoleName ?? '').arn;
  return {
    GetRole: operation<GetRoleCommandInput, Pick<GetRoleCommandOutput, 'Role'>>({
      action: 'iam:GetRole',
      resource: roleArn,
      handle: ({ RoleName }) => ({ Role: described(iam.role(RoleName ?? '')) }),
    }),
    ListRoles: operation<ListRolesCommandInput, { Roles: SdkRole[]; IsTruncated: boolean }>({
      action: 'iam:ListRoles',
      resource: () => '*',
      handle(input) {
        refuseOptions('ListRoles', input, []);
        return { Roles: iam.allRoles().map(described), IsTruncated: false };
      },
    }),
    ListRolePolicies: operation<ListRolePoliciesCommandInput, unknown>({
      action: 'iam:ListRolePolicies',
      resource: roleArn,
      handle(input) {
        refuseOptions('ListRolePolicies', input, ['RoleName']);
        return {
          PolicyNames: iam.role(input.RoleName ?? '').policies.map(({ name }) => name),
          IsTruncated: false,
        };
      },
    }),
    ListAttachedRolePolicies: operation<ListAttachedRolePoliciesCommandInput, unknown>({
      action: 'iam:ListAttachedRolePolicies',
      resource: roleArn,
      handle(input) {
        refuseOptions('ListAttachedRolePolicies', input, ['RoleName']);
        const AttachedPolicies = iam
          .role(input.RoleName ?? '')
          .managedPolicyArns.map((PolicyArn) => ({ PolicyArn, PolicyName: PolicyArn.split('/').at(-1) }));
        return { AttachedPolicies, IsTruncated: false };
      },
    }),
    GetRolePolicy: operation<GetRolePolicyCommandInput, unknown>({
      action: 'iam:GetRolePolicy',
      resource: roleArn,
      handle({ RoleName, PolicyName }) {
        const policy = iam.role(RoleName ?? '').policies.find(({ name }) => name === PolicyName);
        if (!policy)
          throw new AwsError(
            'NoSuchEntityException',
            `The role policy with name ${PolicyName} cannot be found.`,
          );
        return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(policy.document) };
      },
    }),
    PutRolePolicy: operation<PutRolePolicyCommandInput, void>({
      action: 'iam:PutRolePolicy',
      resource: roleArn,
      async handle({ RoleName = '', PolicyName = '', PolicyDocument = '' }) {
        try {
          await iam.putRolePolicy(RoleName, PolicyName, PolicyDocument);
        } catch (error) {
          if (error instanceof AwsError) throw error;
          throw new AwsError('MalformedPolicyDocumentException', (error as Error).message);
        }
      },
    }),
    DeleteRolePolicy: operation<DeleteRolePolicyCommandInput, void>({
      action: 'iam:DeleteRolePolicy',
      resource: roleArn,
      handle: ({ RoleName = '', PolicyName = '' }) => iam.deleteRolePolicy(RoleName, PolicyName),
    }),
    SimulatePrincipalPolicy: simulation(iam),
  };
}

/** IAM sends documents percent-encoded. */
const described = (role: Role): SdkRole => ({
  Path: `/${/:role\/(.*\/)?[^/]+$/.exec(role.arn)?.[1] ?? ''}`,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.created),
  AssumeRolePolicyDocument: encodeURIComponent(role.trust),
  MaxSessionDuration: 3600,
});
