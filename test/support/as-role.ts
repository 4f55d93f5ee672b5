import { join } from 'node:path';
import { ledgerPool, readTools, type ReadTools } from '../../lambdas/platform/clients.ts';
import { settingsFromEnvironment, type Settings } from '../../lambdas/platform/settings.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { World } from './world.ts';

/** Environment variables with which a process acts under a function's role, whose trust names Lambda alone. */
export async function keysOf(
  { services: { lambda } }: Sandbox,
  functionName: string,
): Promise<Record<string, string>> {
  const name = `keys-of-${functionName}`;
  lambda.createFunction({
    name,
    roleArn: lambda.functions.resolve(functionName).fn.roleArn,
    timeoutSeconds: 5,
    memoryMb: 128,
    environment: {},
    codeDir: join(import.meta.dirname, 'handlers'),
    handler: 'credentials.handler',
  });
  const { payload } = await lambda.invoke({ function: name, type: 'RequestResponse', payload: {} });
  return JSON.parse(payload ?? '{}') as Record<string, string>;
}

/** The environment of a function of the stack, as far as the product's own code reads it. */
export function environmentOf({ endpoint, services: { lambda } }: Sandbox, functionName: string) {
  const { environment, codeDir } = lambda.functions.resolve(functionName).fn;
  return {
    ...environment,
    // Where its deployment file lies.
    LAMBDA_TASK_ROOT: codeDir,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export interface Role {
  readonly settings: Settings;
  readonly tools: ReadTools;
  close(): Promise<void>;
}

/** Makes the test's own process act as a function of the stack: under its role, with its settings. */
export async function actAs(sandbox: Sandbox, functionName: string): Promise<Role> {
  const before = { ...process.env };
  Object.assign(process.env, environmentOf(sandbox, functionName), await keysOf(sandbox, functionName));
  const settings = settingsFromEnvironment();
  const pool = ledgerPool(settings);
  return {
    settings,
    tools: readTools(pool, settings),
    async close() {
      await pool().end();
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    },
  };
}

/** Lets the tests of a world act so: `bootWorld({}, as('responder-runner'))`. */
export const as =
  (functionName: string) =>
  async (world: World): Promise<{ role: Role }> => {
    const role = await actAs(world, functionName);
    world.defer(() => role.close());
    return { role };
  };
