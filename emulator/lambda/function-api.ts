import type {
  GetAliasCommandInput,
  GetFunctionCommandInput,
  GetFunctionConfigurationCommandInput,
  GetFunctionUrlConfigCommandInput,
  InvokeCommandInput,
  ListFunctionsCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { pathToFileURL } from 'node:url';
import { AwsError, operation } from '../kernel/service.ts';
import type { Call, Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { configurationShape } from './configuration.ts';
import { invalid } from './durable-validation.ts';
import { referenceArn } from './functions.ts';
import type { FunctionSpec } from './functions.ts';
import type { Lambda } from './lambda.ts';
import { pageOf } from './paging.ts';

const FUNCTIONS_A_PAGE = 50;
/** Lambda's own variables; a function may not set them. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR|AWS_(REGION|DEFAULT_REGION|ACCESS_KEY.*|SECRET_ACCESS_KEY|SESSION_TOKEN|EXECUTION_ENV|LAMBDA_.*))$/;

/** The API's operations on functions. */
export function functionOperations(lambda: Lambda): Record<string, Operation> {
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

    GetFunction: operation({
      action: 'lambda:GetFunction',
      resource: arnOf,
      handle: (input: GetFunctionCommandInput) => {
        const { fn } = resolve(input);
        const location = fn.native ? {} : { Location: pathToFileURL(fn.codeDir).href };
        return { Configuration: configurationShape(fn), Code: { RepositoryType: 'S3', ...location } };
      },
    }),

    GetFunctionConfiguration: operation({
      action: 'lambda:GetFunctionConfiguration',
      resource: arnOf,
      handle: (input: GetFunctionConfigurationCommandInput) => configurationShape(resolve(input).fn),
    }),

    UpdateFunctionConfiguration: operation({
      action: 'lambda:UpdateFunctionConfiguration',
      resource: (input: UpdateFunctionConfigurationCommandInput) =>
        arnOf({ FunctionName: input.FunctionName }),
      handle: (input: UpdateFunctionConfigurationCommandInput) => {
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
        return configurationShape(lambda.updateFunction(fn.name, changeOf(input)));
      },
    }),

    ListFunctions: operation({
      action: 'lambda:ListFunctions',
      resource: () => '*',
      handle: (input: ListFunctionsCommandInput) => {
        refuseOptions('ListFunctions', input, ['FunctionVersion', 'Marker', 'MaxItems']);
        const all = lambda.functions
          .all()
          .flatMap((fn) =>
            input.FunctionVersion === 'ALL' ? [fn, ...lambda.functions.allVersions(fn.name)] : [fn],
          );
        const { page, next } = pageOf(all, input.Marker, input.MaxItems ?? FUNCTIONS_A_PAGE);
        return { Functions: page.map(configurationShape), NextMarker: next };
      },
    }),

    GetFunctionUrlConfig: operation({
      action: 'lambda:GetFunctionUrlConfig',
      resource: arnOf,
      handle: (input: GetFunctionUrlConfigCommandInput) => {
        const { fn } = resolve(input);
        const { arn: FunctionArn, lastModified: at } = fn;
        return {
          FunctionUrl: lambda.urlOf(fn.name),
          FunctionArn,
          AuthType: 'AWS_IAM',
          InvokeMode: 'BUFFERED',
          CreationTime: at,
          LastModifiedTime: at,
        };
      },
    }),

    GetAlias: operation({
      action: 'lambda:GetAlias',
      resource: (input: GetAliasCommandInput) => arnOf({ FunctionName: input.FunctionName }),
      handle: (input: GetAliasCommandInput) => {
        const alias = lambda.functions.getAlias(input.FunctionName ?? '', input.Name ?? '');
        const { revisionId } = lambda.functions.resolve(alias.functionName, alias.version).fn;
        return {
          AliasArn: alias.arn,
          Name: alias.name,
          FunctionVersion: alias.version,
          Description: '',
          RevisionId: revisionId,
        };
      },
    }),
  };
}

/** `Environment` replaces all variables, as AWS does: what is not sent along is gone. */
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
