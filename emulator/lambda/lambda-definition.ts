import type { ServiceDefinition } from '../kernel/service.ts';
import { durableOperations } from './durable-api.ts';
import { functionOperations, type FunctionKeys } from './function-api.ts';
import type { Lambda } from './lambda.ts';

export const lambdaDefinition = (lambda: Lambda, keys?: FunctionKeys): ServiceDefinition => ({
  signingName: 'lambda',
  sdk: () => import('@aws-sdk/client-lambda'),
  clientClass: 'LambdaClient',
  operations: { ...functionOperations(lambda, keys), ...durableOperations(lambda) },
});
