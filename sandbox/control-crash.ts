import type { Observed } from '../emulator/observer.ts';
import type { Sandbox } from './sandbox.ts';

interface CrashPoint {
  readonly about: string;
  readonly reached: (observed: Observed, sandbox: Sandbox) => boolean;
}

/**
 * Moments in the middle of work, when the clock does not stand still and nobody outside could strike in time.
 * What `POST /_sandbox/crash {"at": …}` knows.
 */
export const CRASH_POINTS = {
  'alarm-raised': {
    about: 'an alarm has gone to ALARM, and its topic was not notified yet',
    reached: (observed) =>
      observed.kind === 'alarm' &&
      (JSON.parse(observed.message) as { NewStateValue?: string }).NewStateValue === 'ALARM',
  },
  'alarm-accepted': {
    about: "the alarm's message was accepted for the dispatcher, which has not started the run yet",
    reached: (observed) => observed.kind === 'log' && isStart(observed, '/aws/lambda/responder-dispatcher'),
  },
  diagnosing: {
    about: 'the runner has asked Athena, and has not decided yet',
    reached: (observed, sandbox) =>
      observed.kind === 'call' &&
      observed.call.operation === 'StartQueryExecution' &&
      byRunner(observed.call.principal.workerPid, sandbox),
  },
  'job-working': {
    about: 'the ingestion job has begun to load the delivery',
    reached: (observed, { services }) =>
      observed.kind === 'log' &&
      observed.group === services.estate.ingestion.logGroup &&
      observed.message.includes('reading the delivery'),
  },
} satisfies Record<string, CrashPoint>;

export type CrashPointName = keyof typeof CRASH_POINTS;

/** SIGKILLs this very process at that moment: nothing is flushed, closed or said. */
export function crashAt(sandbox: Sandbox, name: CrashPointName): void {
  const { reached }: CrashPoint = CRASH_POINTS[name];
  sandbox.watch((observed) => {
    if (reached(observed, sandbox)) process.kill(process.pid, 'SIGKILL');
  });
}

const isStart = ({ group, message }: { group: string; message: string }, wanted: string): boolean =>
  group === wanted && message.startsWith('START ');

const byRunner = (pid: number | undefined, { services: { lambda } }: Sandbox): boolean =>
  pid !== undefined && lambda.workerPids('responder-runner').includes(pid);
