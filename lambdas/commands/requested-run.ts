import type { Caller, Mode, RunRequest } from '../domain/run-request.ts';
import { runIdOfKey } from '../intake/start/run-id.ts';
import { oneLine, quoted } from '../domain/foreign-text.ts';
import type { Start } from '../intake/start/start-run.ts';
import type { Log } from '../platform/log.ts';
import type { Settings } from '../platform/settings.ts';
import { auditRun } from '../record/orders.ts';
import { createRecordReader, type RecordReader } from '../record/read.ts';
import type { Answer, CommandCall } from './definition.ts';
import { differences } from './differences.ts';

/** A person's request for a run, and what starting it needs. */
export interface StartCall {
  readonly by: string;
  /** Without it `by` is only a claim: a plain invoke does not prove who called. */
  readonly caller?: Caller;
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  /** Chosen by the person: a request repeated under it is one run. */
  readonly key?: string | undefined;
  readonly idOf: (playbook: string, kind: 'manual' | 'replay', mode: Mode, about: string) => string;
  readonly settings: Pick<Settings, 'prefix'>;
  readonly start: Start;
  readonly record: Pick<RecordReader, 'status' | 'requestOf'>;
  readonly log: Log;
  /** Why the run is not even started, if the door knows a reason. A ledger that does not answer gives none. */
  readonly against?: (request: RunRequest) => Promise<string | undefined>;
  /** For a proven caller: nothing begins that is not in the audit. */
  readonly audit?: (action: string, run: string, why: string) => Promise<void>;
}

/** A proven caller's request. Two at one moment are two runs, unless they request the same. */
export function startCallOf(call: CommandCall<{ readonly reason: string }>): StartCall {
  const { input, caller, pool, settings, start, now, log } = call;
  const at = now.toISOString();
  return {
    by: caller.person,
    caller,
    reason: input.reason,
    at,
    idOf: (playbook, _kind, mode, about) =>
      runIdOfKey(playbook, 'order', `${caller.arn} ${at} ${about}`, mode),
    settings,
    start,
    record: createRecordReader(pool),
    log,
    audit: (action, run, why) => auditRun(pool, { caller, action: `responder.${action}`, run, at, why }),
  };
}

export const personOf = ({ by, caller, reason, at }: StartCall) => ({
  by,
  ...(caller && { caller }),
  reason,
  at,
});

/** @throws when the run could not be started: the request may be repeated */
export async function startRequested(request: RunRequest, call: StartCall): Promise<Answer> {
  const { run, playbook, target, mode, cause } = request;
  const { against } = call;
  const no = against && (await fromRecord(() => against(request), call.log));
  if (no && 'found' in no && no.found !== undefined)
    return { ok: false, text: `nothing was started: ${no.found}.` };
  const did = await call.start(request);
  const started = did === 'started';
  call.log.info(started ? 'started a run that a person requested' : 'a requested run was started before', {
    run,
    cause,
    mode,
  });
  const data = { run, started, playbook, target, mode };
  const see = `\`npm run respond -- why ${run}\` shows what becomes of it.`;
  if (started) return { ok: true, text: `run ${run} is started; ${see}`, data };
  const faults = call.key === undefined ? undefined : await otherRequest(call.key, request, call);
  return faults ?? { ok: true, text: `run ${run} was started before; ${see}`, data };
}

/** A repeated key: the same request is the same run; a different one is refused. */
async function otherRequest(key: string, request: RunRequest, call: StartCall): Promise<Answer | undefined> {
  const { run } = request;
  const first = await fromRecord(() => call.record.requestOf(run), call.log);
  if ('error' in first || !first.found) {
    const why = 'error' in first ? first.error : 'it is not in the record yet';
    const text = `request ${quoted(key)} came before and has run ${run}; whether it was the same is unknown: ${why}`;
    return { ok: true, text, data: { run, started: false } };
  }
  const differs = differences(first.found, request);
  if (differs.length === 0) return undefined;
  const text = [
    `request ${quoted(key)} was used before for another call, which has run ${run}; nothing was started.`,
    ...differs.map(({ path, first: before, now }) => oneLine(`- ${path} was ${before}, and is ${now} now`)),
    'Repeat the first call unchanged to see its run, or choose another request key for this one.',
  ];
  return { ok: false, text: text.join('\n'), data: { run, differs } };
}

export type Found<T> = { readonly found: T | undefined } | { readonly error: string };

/** A ledger that does not answer is an answer, too. */
export async function fromRecord<T>(ask: () => Promise<T | undefined>, log: Log): Promise<Found<T>> {
  try {
    return { found: await ask() };
  } catch (error) {
    log.error('the record does not answer', { error });
    const why = error instanceof Error ? error.message : String(error);
    return {
      error: `the record (the ledger's schema "responder") does not answer: ${why}. Alarms start their runs without it; ask again once it is back.`,
    };
  }
}

export const unknownRun = (run: string, { prefix }: Pick<Settings, 'prefix'>): Answer => ({
  ok: false,
  text:
    `there is no run "${run}" in the record; \`list\` shows the newest ones. A run is recorded a moment after its start, ` +
    `and later while the ledger is away: the log group /aws/lambda/${prefix}-dispatcher says which runs were started.`,
});
