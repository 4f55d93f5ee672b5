import type { GetRoleCommandInput } from '@aws-sdk/client-iam';
import { arn } from '../kernel/places.ts';
import { operation, type ServiceDefinition } from '../kernel/service.ts';
import { simulation } from './iam-simulation.ts';
import type { Iam } from './iam.ts';

export const iamDefinition = (iam: Iam): ServiceDefinition => ({
  signingName: 'iam',
  sdk: () => import('@aws-sdk/client-iam'),
  clientClass: 'IAMClient',
  operations: {
    GetRole: operation({
      action: 'iam:GetRole',
      resource: ({ RoleName = '' }: GetRoleCommandInput) => arn('iam', `role/${RoleName}`),
      handle: ({ RoleName = '' }: GetRoleCommandInput) => {
        const { name, arn: Arn, id: RoleId, trust } = iam.role(RoleName);
        return {
          Role: {
            RoleName: name,
            RoleId,
            Arn,
            Path: /role(\/.*\/|\/)[^/]+$/.exec(Arn)?.[1] ?? '/',
            AssumeRolePolicyDocument: encodeURIComponent(trust),
            CreateDate: new Date(0),
          },
        };
      },
    }),
    SimulatePrincipalPolicy: simulation(iam),
  },
});
