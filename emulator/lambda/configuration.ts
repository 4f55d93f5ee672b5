import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { FunctionVersion } from './functions.ts';
import { logGroupOf } from './worker-launch.ts';

/** How the API shows a function. */
export function configurationShape(fn: FunctionVersion): FunctionConfiguration {
  return {
    FunctionName: fn.name,
    FunctionArn: fn.version === '$LATEST' ? fn.arn : `${fn.arn}:${fn.version}`,
    Runtime: 'nodejs24.x',
    Role: fn.roleArn,
    Handler: fn.handler,
    CodeSize: 0,
    Description: fn.description ?? '',
    Timeout: fn.timeoutSeconds,
    MemorySize: fn.memoryMb,
    // Lambda's own format: `+0000`, not `Z`.
    LastModified: fn.lastModified.replace('Z', '+0000'),
    Version: fn.version,
    RevisionId: fn.revisionId,
    State: 'Active',
    LastUpdateStatus: fn.lastUpdate ?? 'Successful',
    PackageType: 'Zip',
    Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
    Environment: { Variables: { ...fn.environment } },
    LoggingConfig: { LogFormat: 'Text', LogGroup: logGroupOf(fn) },
    ...(fn.deadLetterArn ? { DeadLetterConfig: { TargetArn: fn.deadLetterArn } } : {}),
    ...(fn.durable
      ? {
          DurableConfig: {
            ExecutionTimeout: fn.durable.executionTimeoutSeconds,
            RetentionPeriodInDays: fn.durable.retentionDays,
          },
        }
      : {}),
  };
}
