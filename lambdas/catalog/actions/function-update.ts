import type { Lambda } from '@aws-sdk/client-lambda';
import type { ReadTools } from '../../platform/clients.ts';
import type { IamStatement } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { lambdaFunction } from '../../domain/lock-names.ts';
import {
  configurationPermissions,
  nameOf,
  variablesIn,
  type Restartable,
} from '../probes/function-configuration.ts';
import type { ActionDefinition, Handle, Progress } from './definition.ts';
import { impactOn } from './impact.ts';

export type Variables = Readonly<Record<string, string>>;

/** What restarting a function and undoing that have in common. */
export const functionUpdate = {
  changes: true,
  closedPeriod: { allowed: 'It restarts a function, and touches no figure of any period.' },
  permissions: updatePermissions,
  readPermissions: configurationPermissions,
  before: {
    'run-allocation':
      'Lambda does not start a call again that is in progress, and the lock keeps the job’s own run from being one; the next call starts with what is new.',
  },
  locks: ({ function: name }, settings) => ({
    writes: [lambdaFunction(nameOf(name as Restartable, settings))],
    reads: [],
  }),
  impact: async () => impactOn(1),
  progress: updateProgress,
} satisfies Partial<ActionDefinition>;

/** No update brings the function a layer or another network. */
const FOREIGN_CODE = {
  'lambda:Layer': 'true',
  'lambda:VpcIds': 'true',
  'lambda:SubnetIds': 'true',
  'lambda:SecurityGroupIds': 'true',
};

/** An update replaces all variables, so it must read them to send them back. */
function updatePermissions(settings: Settings): readonly IamStatement[] {
  return [
    ...configurationPermissions(settings),
    ...configurationPermissions(settings).map(({ resources }) => ({
      actions: ['lambda:UpdateFunctionConfiguration'],
      resources,
      conditions: { Null: FOREIGN_CODE },
    })),
  ];
}

/** A function's variables and their revision. */
export async function variablesOf(
  lambda: Lambda,
  name: string,
): Promise<{ readonly variables: Variables; readonly revision: string | undefined }> {
  const { Environment, RevisionId } = await lambda.getFunctionConfiguration({ FunctionName: name });
  return { variables: variablesIn(name, Environment), revision: RevisionId };
}

/** @throws when the function has another revision by now: somebody else's change is kept */
export async function replaceVariables(
  lambda: Lambda,
  name: string,
  variables: Variables,
  revision: string,
): Promise<void> {
  try {
    await lambda.updateFunctionConfiguration({
      FunctionName: name,
      Environment: { Variables: variables },
      RevisionId: revision,
    });
  } catch (error) {
    const { name: kind } = error as Error;
    if (kind === 'PreconditionFailedException') throw changed(name, 'somebody changed it meanwhile');
    throw error;
  }
}

/** Over when Lambda has restarted the function with the new variables. */
async function updateProgress(
  { function: name = '' }: Handle,
  _context: unknown,
  tools: Pick<ReadTools, 'lambda'>,
): Promise<Progress> {
  const { LastUpdateStatus = 'unknown' } = await (
    await tools.lambda()
  ).getFunctionConfiguration({ FunctionName: name });
  const summary = `the update of ${name} is ${LastUpdateStatus}`;
  if (LastUpdateStatus === 'Successful') return { state: 'succeeded', summary };
  return { state: LastUpdateStatus === 'Failed' ? 'failed' : 'running', summary };
}

export const changed = (name: string, how: string): Error =>
  new Error(
    `${name} is not what was decided on: ${how}; wanted the configuration that was looked at. Nothing was changed: ask again`,
  );
