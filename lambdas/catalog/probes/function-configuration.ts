import { createHash } from 'node:crypto';
import type { EnvironmentResponse } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { isNamed } from '../../platform/error-cause.ts';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { evidenceOf } from '../../domain/evidence.ts';
import { defineProbe } from './definition.ts';

/** What the runbook restarts, by its names. */
export const Restartable = z.enum(['cur_ingestion', 'allocation_runner']);
export type Restartable = z.infer<typeof Restartable>;

/** The variable that is set to restart a function. */
export const RESTART = 'RESTART';

/** Variables' values may be secrets: never kept, only compared. */
export const FunctionConfiguration = z.object({
  name: z.string(),
  exists: z.boolean(),
  state: z.string(),
  lastUpdate: z.string(),
  /** Names of its variables, without RESTART. */
  variables: z.array(z.string()),
  /** Hash over those names and values. */
  fingerprint: z.string(),
  restart: z.string().nullable(),
  /** Changes with every change of the configuration. */
  revision: z.string(),
});
export type FunctionConfiguration = z.infer<typeof FunctionConfiguration>;

export const nameOf = (restartable: Restartable, { estate }: Settings): string =>
  restartable === 'cur_ingestion' ? estate.jobs.curIngestion : estate.jobs.allocation;

/** For all that may be restarted: the role exists before anybody chooses. */
export const configurationPermissions: Permissions = (settings) => [
  {
    actions: ['lambda:GetFunctionConfiguration'],
    resources: Restartable.options.map((one) =>
      arnOf(settings, 'lambda', `function:${nameOf(one, settings)}`),
    ),
  },
];

type Variables = Readonly<Record<string, string>>;

/**
 * @throws when they cannot be decrypted: the environment is empty then, and sending it back would wipe it
 */
export function variablesIn(name: string, environment: EnvironmentResponse | undefined): Variables {
  const { Error: unreadable, Variables = {} } = environment ?? {};
  if (!unreadable) return Variables;
  const { ErrorCode = 'Error', Message } = unreadable;
  throw Object.assign(new Error(`the variables of ${name} cannot be read: ${Message}`), { name: ErrorCode });
}

export const fingerprintOf = (variables: Variables): string => {
  const { [RESTART]: _own, ...others } = variables;
  return createHash('sha256').update(canonicalJson(others)).digest('hex');
};

export const functionConfiguration = defineProbe<{ function: Restartable }, FunctionConfiguration>({
  name: 'function-configuration',
  question: 'Is the function there, and may its configuration be changed now?',
  queries: ['aws lambda get-function-configuration --function-name …'],
  permissions: configurationPermissions,
  value: FunctionConfiguration,
  async run({ target, settings, tools }) {
    const name = nameOf(target.function, settings);
    const parameters = { FunctionName: name };
    const query = 'lambda:GetFunctionConfiguration';
    try {
      const found = await (await tools.lambda()).getFunctionConfiguration(parameters);
      const variables = variablesIn(name, found.Environment);
      const value = {
        name,
        exists: true,
        state: found.State ?? 'unknown',
        lastUpdate: found.LastUpdateStatus ?? 'unknown',
        variables: Object.keys(variables)
          .filter((variable) => variable !== RESTART)
          .sort(),
        fingerprint: fingerprintOf(variables),
        restart: variables[RESTART] ?? null,
        revision: found.RevisionId ?? '',
      };
      return { value, evidence: [evidenceOf(query, parameters, [value])] };
    } catch (error) {
      if (!isNamed(error, 'ResourceNotFoundException')) throw error;
      return { value: absent(name), evidence: [evidenceOf(query, parameters, [])] };
    }
  },
  describe: ({ name, exists, state, lastUpdate, variables, restart }) =>
    exists
      ? `${name} is ${state}, its last update ${lastUpdate}; ${variables.length} variables (${variables.join(', ')})` +
        (restart === null ? '' : `, ${RESTART} is set`)
      : `there is no function ${name}`,
});

const absent = (name: string): FunctionConfiguration => ({
  name,
  exists: false,
  state: 'unknown',
  lastUpdate: 'unknown',
  variables: [],
  fingerprint: '',
  restart: null,
  revision: '',
});
