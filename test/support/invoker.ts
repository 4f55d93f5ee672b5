import { LambdaClient } from '@aws-sdk/client-lambda';
import { arn } from '../../emulator/kernel/places.ts';
import type { World } from './world.ts';

/** An application of the account, whose role may invoke functions, and nothing else. */
export async function invokerOf(world: World, roleName: string): Promise<LambdaClient> {
  const invoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '*' } as const;
  await world.services.iam.createRole({
    name: roleName,
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
    policies: [{ name: 'invoke', document: { Statement: invoke } }],
  });
  const credentials = world.credentials.issue({ arn: arn('sts', `assumed-role/${roleName}/app`), roleName });
  const lambda = new LambdaClient({ endpoint: world.endpoint, region: 'us-east-1', credentials });
  world.defer(() => lambda.destroy());
  return lambda;
}
