import type {
  FunctionConfiguration,
  GetFunctionConfigurationCommandInput,
  InvokeCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { AwsError, operation } from '../kernel/service.ts';
import type { Call, Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { configurationShape } from './configuration.ts';
import { invalid } from './durable-validation.ts';
import { referenceArn } from './functions.ts';
import type { FunctionSpec, FunctionVersion } from './functions.ts';
import type { Kms } from '../aws/kms.ts';
import type { Lambda } from './lambda.ts';

/** Variables that Lambda sets; a function's configuration may not. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR|AWS_(REGION|DEFAULT_REGION|ACCESS_KEY.*|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_.*))$/;

/** Keys that encrypt functions' variables. */
export type FunctionKeys = Pick<Kms, 'denial' | 'keyOf'>;

/** The API's operations on functions. */
export function functionOperations(lambda: Lambda, keys?: FunctionKeys): Record<string, Operation> {
  /** Without the key the variables are missing, and only an error beside them says so. */
  const shown = (fn: FunctionVersion, { principal }: Call): FunctionConfiguration => {
    const KMSKeyArn = keys?.keyOf(fn.arn);
    if (KMSKeyArn === undefined) return configurationShape(fn);
    const denied = keys?.denial(principal, 'lambda:Environment', fn.arn);
    if (!denied) return { ...configurationShape(fn), KMSKeyArn };
    const Message =
      'Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions. ' +
      `KMS Exception: AccessDeniedException KMS Message: User: ${principal.arn} is not authorized to perform: ${denied.action} on resource: ${denied.resource}`;
    return {
      ...configurationShape(fn),
      KMSKeyArn,
      Environment: { Error: { ErrorCode: 'AccessDeniedException', Message } },
    };
  };
  const resolve = (input: { FunctionName: string | undefined; Qualifier?: string | undefined }) =>
    lambda.functions.resolve(input.FunctionName ?? '', input.Qualifier);
  const arnOf = (input: { FunctionName: string | undefined; Qualifier?: string | undefined }): string =>
    referenceArn(input.FunctionName ?? '', input.Qualifier);

  return {
    Invoke: operation({
      action: 'lambda:InvokeFunction',
      resource: arnOf,
      handle: async (input: InvokeCommandInput, call: Call) => {
        refuseOptions('Invoke', input, [
          'FunctionName',
          'Qualifier',
          'InvocationType',
          'LogType',
          'Payload',
          'DurableExecutionName',
        ]);
        const type = input.InvocationType ?? 'RequestResponse';
        if (type === 'DryRun') return { StatusCode: 204, ExecutedVersion: resolve(input).fn.version };
        const result = await lambda.invoke({
          function: input.FunctionName ?? '',
          type,
          payload: input.Payload ?? new Uint8Array(),
          nested: call.principal.workerPid !== undefined,
          ...(input.Qualifier === undefined ? {} : { qualifier: input.Qualifier }),
          ...(input.DurableExecutionName === undefined
            ? {}
            : { durableExecutionName: input.DurableExecutionName }),
        });
        return {
          StatusCode: result.statusCode,
          Payload: Buffer.from(result.payload ?? ''),
          FunctionError: result.functionError,
          LogResult: input.LogType === 'Tail' ? result.logTail : undefined,
          ExecutedVersion: result.executedVersion,
          DurableExecutionArn: result.durableExecutionArn,
        };
      },
    }),

    GetAccountSettings: operation({
      action: 'lambda:GetAccountSettings',
      resource: () => '*',
      handle: () => {
        const { account } = lambda.concurrency;
        return {
          AccountLimit: {
            ConcurrentExecutions: account,
            UnreservedConcurrentExecutions: account - lambda.concurrency.reserved(),
          },
          AccountUsage: { FunctionCount: lambda.functions.all().length },
        };
      },
    }),

    GetFunctionConfiguration: operation({
      action: 'lambda:GetFunctionConfiguration',
      resource: arnOf,
      handle: (input: GetFunctionConfigurationCommandInput, call: Call) => shown(resolve(input).fn, call),
    }),

    UpdateFunctionConfiguration: operation({
      action: 'lambda:UpdateFunctionConfiguration',
      resource: (input: UpdateFunctionConfigurationCommandInput) =>
        arnOf({ FunctionName: input.FunctionName }),
      handle: (input: UpdateFunctionConfigurationCommandInput, call: Call) => {
        refuseOptions('UpdateFunctionConfiguration', input, [
          'FunctionName',
          'Environment',
          'Timeout',
          'MemorySize',
          'Description',
          'Handler',
          'Role',
          'DeadLetterConfig',
          'RevisionId',
        ]);
        const { fn, qualifier } = resolve({ FunctionName: input.FunctionName });
        if (qualifier !== undefined)
          throw invalid(
            `Only $LATEST can be changed: ${input.FunctionName} names the version or alias ${qualifier}.`,
          );
        if (fn.lastUpdate === 'InProgress')
          throw new AwsError(
            'ResourceConflictException',
            `The operation cannot be performed at this time. An update is in progress for resource: ${fn.arn}`,
            409,
          );
        if (input.RevisionId !== undefined && input.RevisionId !== fn.revisionId)
          throw new AwsError(
            'PreconditionFailedException',
            `The Revision Id provided does not match the latest Revision Id: ${input.RevisionId} instead of ${fn.revisionId}. Call the GetFunction/GetAlias API to retrieve the latest Revision Id`,
            412,
          );
        return shown(lambda.updateFunction(fn.name, changeOf(input)), call);
      },
    }),
  };
}

/** `Environment` replaces all variables, as on AWS. */
function changeOf(input: UpdateFunctionConfigurationCommandInput): Partial<FunctionSpec> {
  const variables = input.Environment?.Variables;
  const reserved = Object.keys(variables ?? {}).filter((name) => RESERVED.test(name));
  if (reserved.length > 0)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys: ${reserved.join(', ')}`,
    );
  return {
    ...(input.Environment ? { environment: variables ?? {} } : {}),
    ...(input.Timeout === undefined ? {} : { timeoutSeconds: input.Timeout }),
    ...(input.MemorySize === undefined ? {} : { memoryMb: input.MemorySize }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    ...(input.Handler === undefined ? {} : { handler: input.Handler }),
    ...(input.Role === undefined ? {} : { roleArn: input.Role }),
    ...(input.DeadLetterConfig?.TargetArn ? { deadLetterArn: input.DeadLetterConfig.TargetArn } : {}),
  };
}
