import type { ServiceDefinition } from '../kernel/service.ts';
import { simulation } from './iam-simulation.ts';
import type { Iam } from './iam.ts';

export const iamDefinition = (iam: Iam): ServiceDefinition => ({
  signingName: 'iam',
  sdk: () => import('@aws-sdk/client-iam'),
  clientClass: 'IAMClient',
  operations: { SimulatePrincipalPolicy: simulation(iam) },
});
