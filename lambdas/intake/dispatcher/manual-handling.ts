import type { RunRequest } from '../../domain/run-request.ts';
import type { Log } from '../../platform/log.ts';
import type { AnyPlaybook } from '../../catalog/playbooks/definition.ts';

import type { Start } from '../start/start-run.ts';

/** What the dispatcher asks the record: only people's questions need the ledger. */
export interface RunRecord {
  status(
    run: string,
  ): Promise<{ readonly playbook: string; readonly target: Record<string, string> } | undefined>;
  requestOf(run: string): Promise<RunRequest | undefined>;
}

export type ManualPlaybook = Pick<AnyPlaybook, 'id' | 'target' | 'targetOf' | 'alarms'>;

export interface ManualHandling {
  readonly playbookIds: readonly string[];
  readonly playbookById: (id: string) => ManualPlaybook | undefined;
  readonly start: Start;
  /** Connects when first asked. */
  readonly record: () => Promise<RunRecord>;
  readonly now: () => Date;
  readonly log: Log;
}

/** One invocation by a person, with all that its answer may need. */
export interface Call extends ManualHandling {
  readonly context: InvocationContext;
}

export type Asked<T> =
  { readonly found: T | undefined } | { readonly error: string; readonly remedy: string };

/** Asks the record; that it does not answer is an answer, too. */
export async function ask<T>(
  call: Call,
  question: (record: RunRecord) => Promise<T | undefined>,
): Promise<Asked<T>> {
  try {
    return { found: await question(await call.record()) };
  } catch (error) {
    call.log.error('the record does not answer', { error });
    return {
      error: `the record (the ledger's schema "responder") does not answer: ${(error as Error).message}`,
      remedy: 'alarms start their runs without it, and runs write to it once it is back; ask again then',
    };
  }
}

export function unknownRun(run: string, { context }: Call): unknown {
  return {
    error: `there is no run "${run}" in the record`,
    remedy: `a run is written down a moment after its start, and later while the ledger is away; the log group /aws/lambda/${context.functionName} says which runs were started`,
  };
}

/** How the person sees what became of the run. */
export function seeStatus(run: string, { functionName }: InvocationContext): unknown {
  const payload = { status: run };
  return {
    payload,
    command:
      `aws lambda invoke --function-name ${functionName} --cli-binary-format raw-in-base64-out ` +
      `--payload '${JSON.stringify(payload)}' /dev/stdout`,
  };
}

/** The part of Lambda's context that we use. */
export interface InvocationContext {
  readonly awsRequestId: string;
  readonly functionName: string;
}
