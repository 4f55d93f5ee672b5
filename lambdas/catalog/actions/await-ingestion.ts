import * as z from 'zod';
import type { Settings } from '../../platform/settings.ts';
import type { ActionDefinition, Handle } from './definition.ts';
import { NO_IMPACT } from './impact.ts';
import { glueReadPermissions, jobRunProgress } from './glue-run.ts';

const Params = z.strictObject({ jobRunId: z.string().min(1) });

/** Waits for an ingestion that somebody else started: a second one would only interfere. */
export const awaitIngestion: ActionDefinition = {
  name: 'await-ingestion',
  params: Params,
  example: { jobRunId: 'jr_1' },
  changes: false,
  closedPeriod: 'refused',
  permissions: () => [],
  readPermissions: glueReadPermissions,
  repeat: 'It changes nothing.',
  undo: { irreversible: 'There is nothing to undo.' },
  // The run is somebody else's, of any month: our locks do not affect it.
  locks: () => ({ writes: [], reads: [] }),
  impact: async () => NO_IMPACT,
  describe: ({ jobRunId }) => `wait for the ingestion run ${jobRunId} that is already in progress`,
  start: async (params, { settings }) => runOf(params, settings),
  reconcile: async (params, { settings }) => ({ state: 'started', handle: runOf(params, settings) }),
  async progress(handle, _context, tools) {
    return jobRunProgress(await tools.glue(), handle);
  },
};

const runOf = (params: unknown, { estate }: Settings): Handle => ({
  job: estate.ingestion.job,
  jobRunId: Params.parse(params).jobRunId,
});
