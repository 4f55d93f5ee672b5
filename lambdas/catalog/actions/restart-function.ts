import * as z from 'zod';
import { fingerprintOf, nameOf, Restartable, RESTART } from '../probes/function-configuration.ts';
import { clearRestart } from './clear-restart.ts';
import type { ActionDefinition } from './definition.ts';
import { changed, functionUpdate, replaceVariables, variablesOf } from './function-update.ts';

const Params = z.strictObject({
  function: Restartable,
  /**
   * Another revision or other variables are left alone. No two changes follow the same revision, so it
   * also marks the restart for its undo.
   */
  revision: z.string().min(1),
  fingerprint: z.string().min(1),
});

/**
 * Section 10's restart: a new value of one variable makes Lambda restart the function. The runbook's
 * command would replace all variables; here the others are kept.
 */
export const restartFunction: ActionDefinition = {
  ...functionUpdate,
  name: 'restart-function',
  params: Params,
  example: { function: 'cur_ingestion', revision: 'revision-1', fingerprint: 'fingerprint-1' },
  repeat: 'It names the revision that it was decided on: sent twice, the second is refused.',
  undo: {
    by: clearRestart.name,
    why: `It removes the variable ${RESTART}, which restarts the function again.`,
    params: ({ function: name = '', revision = '', fingerprint = '' }) => ({
      function: name,
      mark: revision,
      fingerprint,
    }),
  },
  describe: ({ function: name }) => `restart ${name}, with all its variables kept`,
  async start(params, { settings }, tools) {
    const { function: restartable, revision, fingerprint } = Params.parse(params);
    const name = nameOf(restartable, settings);
    const lambda = await tools.lambda();
    const found = await variablesOf(lambda, name);
    if (found.revision !== revision) throw changed(name, `its revision is ${found.revision ?? 'unknown'}`);
    if (fingerprintOf(found.variables) !== fingerprint) throw changed(name, 'its variables are others');
    await replaceVariables(lambda, name, { ...found.variables, [RESTART]: revision }, revision);
    return { function: name };
  },
  async reconcile(params, { settings }, tools) {
    const { function: restartable, revision } = Params.parse(params);
    const name = nameOf(restartable, settings);
    const { variables } = await variablesOf(await tools.lambda(), name);
    return variables[RESTART] === revision
      ? { state: 'started', handle: { function: name } }
      : { state: 'absent' };
  },
};
