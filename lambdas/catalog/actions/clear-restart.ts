import * as z from 'zod';
import {
  configurationPermissions,
  fingerprintOf,
  nameOf,
  Restartable,
  RESTART,
} from '../probes/function-configuration.ts';
import { lambdaFunction } from '../../domain/lock-names.ts';
import type { ActionDefinition } from './definition.ts';
import { impactOn } from './impact.ts';
import {
  changed,
  replaceVariables,
  updatePermissions,
  updateProgress,
  variablesOf,
} from './function-update.ts';

const Params = z.strictObject({
  function: Restartable,
  /** The value that the restart set: another value is somebody else's, and stays. */
  mark: z.string().min(1),
  /** Of all other variables, as the restart found them. */
  fingerprint: z.string().min(1),
});

/** Undoes `restart-function`: its variable is removed, all others stay. */
export const clearRestart: ActionDefinition = {
  name: 'clear-restart',
  params: Params,
  example: { function: 'cur_ingestion', mark: 'revision-1', fingerprint: 'fingerprint-1' },
  changes: true,
  closedPeriod: { allowed: 'It starts a function anew, and touches no figure of any period.' },
  permissions: updatePermissions,
  readPermissions: configurationPermissions,
  repeat: 'It removes a variable that has the value of one restart: sent twice, the second finds none.',
  undo: { irreversible: 'The variable means nothing to the function; another restart sets it anew.' },
  before: {
    'run-allocation':
      'Lambda does not start a call again that is in progress, and the lock keeps the job’s own run from being one; the next call starts with what is new.',
  },
  locks: ({ function: name }, settings) => ({
    writes: [lambdaFunction(nameOf(name as Restartable, settings))],
    reads: [],
  }),
  impact: async () => impactOn(1),
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
  progress: (handle, _context, tools) => updateProgress(handle, tools),
};
