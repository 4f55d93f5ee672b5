import * as z from 'zod';
import {
  configurationPermissions,
  fingerprintOf,
  nameOf,
  Restartable,
  RESTART,
} from '../probes/function-configuration.ts';
import type { ActionDefinition } from './definition.ts';

const Params = z.strictObject({
  function: Restartable,
  /** What was decided on; a configuration of another revision or with other variables is not touched. */
  revision: z.string().min(1),
  fingerprint: z.string().min(1),
});

/**
 * Section 10's restart: a new value of one variable makes Lambda start the function anew. The runbook's command would
 * replace all variables by that one; here it is put beside them.
 */
export const restartFunction: ActionDefinition = {
  name: 'restart-function',
  params: Params,
  changes: true,
  closedPeriod: { allowed: 'It starts a function anew, and touches no figure of any period.' },
  permissions: (settings) => [
    // It must read the variables to send them back.
    ...configurationPermissions(settings),
    ...configurationPermissions(settings).map(({ resources }) => ({
      actions: ['lambda:UpdateFunctionConfiguration'],
      resources,
    })),
  ],
  lookPermissions: configurationPermissions,
  repeat: 'It names the revision that it was decided on: sent twice, the second is refused.',
  undo: { by: `removing the variable ${RESTART}; the function starts anew once more.` },
  tell: ({ function: name }) => `restart ${name}, with all its variables kept`,
  async start(params, { settings, actionId }, tools) {
    const { function: restartable, revision, fingerprint } = Params.parse(params);
    const name = nameOf(restartable, settings);
    const lambda = await tools.lambda();
    const { GetFunctionConfigurationCommand, UpdateFunctionConfigurationCommand } =
      await import('@aws-sdk/client-lambda');
    const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    const variables = found.Environment?.Variables ?? {};
    // An environment that cannot be read comes back empty, with an error beside it: sending that back would wipe it.
    if (found.Environment?.Error) throw changed(name, 'its variables could not be read');
    if (found.RevisionId !== revision)
      throw changed(name, `its revision is ${found.RevisionId ?? 'unknown'}`);
    if (fingerprintOf(variables) !== fingerprint) throw changed(name, 'its variables are others');
    try {
      await lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: name,
          Environment: { Variables: { ...variables, [RESTART]: actionId } },
          RevisionId: revision,
        }),
      );
    } catch (error) {
      const { name: kind } = error as Error;
      if (kind === 'PreconditionFailedException') throw changed(name, 'somebody changed it meanwhile');
      throw error;
    }
    return { function: name, actionId };
  },
  async reconcile(params, { settings, actionId }, tools) {
    const name = nameOf(Params.parse(params).function, settings);
    const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
    const found = await (
      await tools.lambda()
    ).send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    return found.Environment?.Variables?.[RESTART] === actionId
      ? { state: 'started', handle: { function: name, actionId } }
      : { state: 'absent' };
  },
  async progress({ function: name = '' }, _context, tools) {
    const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
    const { LastUpdateStatus = 'unknown' } = await (
      await tools.lambda()
    ).send(new GetFunctionConfigurationCommand({ FunctionName: name }));
    const tell = `the update of ${name} is ${LastUpdateStatus}`;
    if (LastUpdateStatus === 'Successful') return { state: 'succeeded', tell };
    return { state: LastUpdateStatus === 'Failed' ? 'failed' : 'running', tell };
  },
};

const changed = (name: string, how: string): Error =>
  new Error(
    `${name} is not what was decided on: ${how}; wanted the configuration that was looked at. Nothing was changed: ask again`,
  );
