import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { ClockReading } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { ACCOUNT, PARTITION, REGION } from '../kernel/places.ts';
import type { Principal } from '../kernel/service.ts';
import type { FunctionVersion } from './functions.ts';
import type { WorkerLaunch } from './worker-pool.ts';

export const logGroupOf = ({ name, logGroup }: { name: string; logGroup?: string }): string =>
  logGroup ?? `/aws/lambda/${name}`;

/**
 * What a new worker of the function gets, with its whole environment. Only the search path is the
 * user's own. `HOME` is not the one with `~/.aws` and `~/.pgpass`, and the AWS files do not exist,
 * so that no real account can be reached by mistake.
 */
export function launchOf(
  fn: FunctionVersion,
  place: { credentials: Credentials; endpoint: string; logStream: string; clock: ClockReading },
): WorkerLaunch {
  const { credentials, endpoint, logStream, clock } = place;
  const roleName = fn.roleArn.split('/').at(-1) ?? fn.roleArn;
  const principal: Principal = {
    arn: `arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/${roleName}/${fn.name}`,
    roleName,
    ...(fn.vpc && { placement: fn.vpc }),
  };
  // Never revoked: an unknown key counts as root's, and the last request of an ended worker may still arrive.
  const key = credentials.issue(principal);
  const common = {
    ...fn.environment,
    ...compiledCode(fn.codeDir),
    PATH: process.env['PATH'] ?? '',
    HOME: tmpdir(),
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: fn.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(fn),
    LAMBDA_TASK_ROOT: fn.codeDir,
    _HANDLER: fn.handler,
  };
  return {
    codeDir: fn.codeDir,
    logStream,
    clock,
    environment: {
      ...common,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_SESSION_TOKEN: key.sessionToken,
      AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    },
    likeness: JSON.stringify([fn.roleArn, fn.vpc, common]),
    started: (pid) => credentials.update(key.accessKeyId, { ...principal, workerPid: pid }),
  };
}

/** A bundle's compiled code is cached beside it, any other where this process caches its own: a worker starts a third faster. */
function compiledCode(codeDir: string): { NODE_COMPILE_CACHE?: string } {
  if (basename(codeDir).startsWith('asset.'))
    return { NODE_COMPILE_CACHE: join(dirname(codeDir), 'compiled') };
  const { NODE_COMPILE_CACHE } = process.env;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}
