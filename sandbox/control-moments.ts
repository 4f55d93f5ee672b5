import { allRuns } from './executions.ts';
import type { Sandbox } from './sandbox.ts';

/** Something that `advance` can wait for. Looked at between two jumps of the clock, while nothing is in flight. */
export interface Moment {
  readonly about: string;
  /** @param since runs that started earlier are none of it */
  readonly holds: (sandbox: Sandbox, since: Date) => boolean;
}

/** What `POST /_sandbox/advance {"until": …}` knows. */
export const MOMENTS = {
  'run-started': {
    about: 'a run has started since the last fault was injected',
    holds: (sandbox, since) => runsSince(sandbox, since).length > 0,
  },
  'runs-ended': {
    about: 'at least one run has started since the last fault was injected, and all of them have ended',
    holds(sandbox, since) {
      const runs = runsSince(sandbox, since);
      return runs.length > 0 && runs.every(({ status }) => status !== 'RUNNING');
    },
  },
  'glue-running': {
    about: 'the ingestion job is running',
    holds: ({ services: { glue, estate } }) =>
      glue.runs.of(estate.ingestion.job).some(({ state }) => state === 'RUNNING'),
  },
  'waiting-for-ok': {
    about: 'a run has left its callback and waits for its alarm to go OK',
    holds: ({ services: { lambda } }) =>
      lambda
        .executionsOf('responder-runner')
        .some(({ operations }) =>
          operations.some(({ type, status }) => type === 'CALLBACK' && status === 'STARTED'),
        ),
  },
  'alarm-raised': {
    about: 'an alarm stands in ALARM',
    holds: ({ services: { cloudwatch } }) =>
      cloudwatch.alarms.all().some(({ state }) => state.value === 'ALARM'),
  },
  'alarms-ok': {
    about: 'no alarm stands in ALARM',
    holds: ({ services: { cloudwatch } }) =>
      cloudwatch.alarms.all().every(({ state }) => state.value !== 'ALARM'),
  },
} satisfies Record<string, Moment>;

export type MomentName = keyof typeof MOMENTS;

const runsSince = (sandbox: Sandbox, since: Date) => allRuns(sandbox).filter(({ start }) => start >= since);
