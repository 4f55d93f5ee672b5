import * as z from 'zod';
import { clearRestart } from '../actions/clear-restart.ts';
import { restartFunction } from '../actions/restart-function.ts';
import { deciding } from '../../domain/decision.ts';
import {
  functionConfiguration,
  Restartable,
  type FunctionConfiguration,
} from '../probes/function-configuration.ts';
import { restartIntent, type RestartIntent } from '../probes/restart-intent.ts';
import { definePlaybook } from './definition.ts';

const { branches, act, escalate } = deciding({
  'no-function': { when: 'there is no such function', then: 'a person: check' },
  broken: {
    when: 'the function, or its last update, has failed',
    then: 'a person: check; a restart would hide the cause',
  },
  updating: {
    when: 'the function is being created or updated',
    then: 'ask again when that is over; it restarts by itself',
  },
  restart: {
    when: 'the function is there and nobody is changing it',
    then: `set the variable RESTART, and keep all others`,
  },
});

/** Only people start it: no alarm says that a function needs a restart. */
export const restartFunctions = definePlaybook({
  id: 'restart-functions',
  section: '10. General Recovery Commands',
  symptoms: ['A core function holds on to something old: a connection, a secret, a setting.'],
  byHand: {
    'aws lambda update-function-configuration --function-name cur_ingestion': [
      { action: 'restart-function' },
    ],
    'aws lambda update-function-configuration --function-name allocation_runner': [
      { action: 'restart-function' },
    ],
  },
  alarms: [],
  target: z.strictObject({ function: Restartable }),
  targetOf: () => ({ function: 'cur_ingestion' as const }),
  probes: { configuration: functionConfiguration },

  branches,
  decide({ configuration }, { target }) {
    const { name, exists, state, lastUpdate, revision, fingerprint, variables } = configuration;
    if (!exists) return escalate('no-function', `there is no function ${name}`, 'SEV-3');
    const now = `${name} is ${state}, its last update ${lastUpdate}`;
    if (state === 'Failed' || lastUpdate === 'Failed') {
      return escalate('broken', `${now}: a restart would not fix that`, 'SEV-3');
    }
    if (state === 'Pending' || lastUpdate !== 'Successful') {
      return escalate('updating', `${now}: ask again when that is over`, 'SEV-4');
    }
    return act('restart', `${now}; its ${variables.length} variables are kept`, [
      { action: restartFunction.name, params: { function: target.function, revision, fingerprint } },
    ]);
  },

  actions: [restartFunction, clearRestart],
  withoutApproval: {
    [clearRestart.name]:
      'Only a person’s command to undo plans it; it removes the value of one restart, and every other variable is kept.',
  },

  recovery: {
    probes: { configuration: functionConfiguration, intent: restartIntent },
    check: ({ configuration, intent }) => {
      const wrong = whatIsWrong(configuration, intent);
      return {
        healthy: wrong.length === 0,
        summary:
          wrong.length === 0
            ? `${configuration.name} has ${intent?.mark === null ? 'had its restart undone' : 'been restarted'}, with all its ${configuration.variables.length} variables as they were`
            : `${configuration.name}: ${wrong.join(', ')}`,
      };
    },
  },
});

function whatIsWrong(
  { exists, restart, fingerprint, lastUpdate }: FunctionConfiguration,
  intent: RestartIntent,
): string[] {
  if (!exists) return ['it is gone'];
  if (intent === null) return ['no restart is on record'];
  return [
    ...(restart === intent.mark ? [] : ['its variable RESTART is not what that left']),
    ...(fingerprint === intent.fingerprint ? [] : ['its other variables are not as they were']),
    ...(lastUpdate === 'Successful' ? [] : [`its last update is ${lastUpdate}`]),
  ];
}
