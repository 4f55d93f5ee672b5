import * as z from 'zod';
import { fingerprintOf, nameOf, Restartable, RESTART } from '../probes/function-configuration.ts';
import type { ActionDefinition } from './definition.ts';
import { changed, functionUpdate, replaceVariables, variablesOf } from './function-update.ts';

const Params = z.strictObject({
  function: Restartable,
  /** The value that the restart set: another value is somebody else's, and stays. */
  mark: z.string().min(1),
  /** Of all other variables, as the restart found them. */
  fingerprint: z.string().min(1),
});

/** Undoes `restart-function`: its variable is removed, all others stay. */
export const clearRestart: ActionDefinition = {
  ...functionUpdate,
  name: 'clear-restart',
  params: Params,
  example: { function: 'cur_ingestion', mark: 'revision-1', fingerprint: 'fingerprint-1' },
  repeat: 'It removes a variable that has the value of one restart: sent twice, the second finds none.',
  undo: { irreversible: 'The variable means nothing to the function; another restart sets it again.' },
  describe: ({ function: name }) => `remove ${RESTART} from ${name}, with all its other variables kept`,
  async start(params, { settings }, tools) {
    const { function: restartable, mark, fingerprint } = Params.parse(params);
    const name = nameOf(restartable, settings);
    const lambda = await tools.lambda();
    const { variables, revision } = await variablesOf(lambda, name);
    const { [RESTART]: found, ...others } = variables;
    if (found !== mark) throw changed(name, `${RESTART} is ${found === undefined ? 'not set' : 'not ours'}`);
    if (fingerprintOf(others) !== fingerprint) throw changed(name, 'its variables are others');
    if (revision === undefined) throw changed(name, 'its revision is unknown');
    await replaceVariables(lambda, name, others, revision);
    return { function: name };
  },
  async reconcile(params, { settings }, tools) {
    const name = nameOf(Params.parse(params).function, settings);
    const { variables } = await variablesOf(await tools.lambda(), name);
    return variables[RESTART] === undefined
      ? { state: 'started', handle: { function: name } }
      : { state: 'absent' };
  },
};
