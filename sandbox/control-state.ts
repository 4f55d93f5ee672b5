import type { StoredRun } from '../emulator/aws/glue-job.ts';
import { allRuns } from './executions.ts';
import type { ExecutionHistory } from '../emulator/lambda/durable-history.ts';
import type { Sandbox } from './sandbox.ts';

/** `GET /_sandbox/state`, as JSON: dates are ISO strings there. */
export interface SandboxState {
  readonly now: Date;
  readonly alarms: readonly { readonly name: string; readonly state: string; readonly reason: string }[];
  /** Live and dry runs, oldest first. */
  readonly executions: readonly ExecutionHistory[];
  /** Of the ingestion job, newest first. */
  readonly glueRuns: readonly StoredRun[];
  /** Days, of each copy of the costs. */
  readonly freshness: { readonly athena: number | null; readonly ledger: number | null };
  /** Messages to people, oldest first. */
  readonly messages: readonly {
    readonly topic: string;
    readonly event: string | undefined;
    readonly subject: string | null;
  }[];
  /** Process ids of the living workers, by function. */
  readonly workers: Readonly<Record<string, readonly number[]>>;
  /** Events accepted for a function and not handled yet. */
  readonly queuedEvents: number;
  /** What is in flight: the reason for which the clock stands still. */
  readonly inFlight: readonly string[];
  /** Faults on the wire, and how often each has struck. */
  readonly faults: readonly { readonly call: string; readonly when: string; readonly fired: number }[];
}

const FUNCTIONS = [
  'responder-dispatcher',
  'responder-manual',
  'responder-runner',
  'responder-rehearser',
  'responder-signals',
  'responder-sweep',
];

export async function stateOf({ clock, services, faults }: Sandbox): Promise<SandboxState> {
  const { cloudwatch, lambda, glue, estate, commercialOps, sns } = services;
  const { athena, ledger } = await commercialOps.freshness();
  return {
    now: clock.now(),
    alarms: cloudwatch.alarms
      .all()
      .map(({ settings, state }) => ({ name: settings.name, state: state.value, reason: state.reason })),
    executions: allRuns({ services }),
    glueRuns: glue.runs.of(estate.ingestion.job),
    freshness: { athena: athena.days, ledger: ledger.days },
    messages: sns.messages.all().map(({ topicArn, subject, attributes }) => ({
      topic: topicArn.split(':').at(-1) ?? topicArn,
      event: attributes['event'],
      subject,
    })),
    workers: Object.fromEntries(FUNCTIONS.map((name) => [name, lambda.workerPids(name)])),
    queuedEvents: lambda.queuedEvents,
    inFlight: clock.inFlight(),
    faults: faults.list().map(({ service, operation, when, fired }) => ({
      call: `${service}:${operation}`,
      when,
      fired,
    })),
  };
}
