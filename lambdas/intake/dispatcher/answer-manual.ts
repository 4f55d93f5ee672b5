import type { JsonObject } from '../alarm-events/json.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { InvocationContext } from './manual-handling.ts';
import { differences } from './differences.ts';
import { mistake, parseManualCall, targetMistakes, type ReplayCall, type RunCall } from './manual-call.ts';
import { ask, seeStatus, unknownRun, type Call, type ManualHandling } from './manual-handling.ts';
import { refuse } from './manual-refusal.ts';
import { runIdOfInvocation, runIdOfRequest } from '../start/run-id.ts';

/** A wrong payload is answered, never thrown: the person at the other end sees what is wrong and what is right. */
export async function answerManual(
  payload: JsonObject,
  context: InvocationContext,
  handling: ManualHandling,
): Promise<unknown> {
  const call: Call = { ...handling, context };
  const parsed = parseManualCall(payload);
  if ('mistakes' in parsed) return refuse(parsed.mistakes, payload, call);
  switch (parsed.kind) {
    case 'run':
      return answerRun(parsed.call, payload, call);
    case 'replay':
      return answerReplay(parsed.call, call);
    case 'status':
      return answerStatus(parsed.call.status, call);
  }
}

async function answerRun(asked: RunCall, payload: JsonObject, call: Call): Promise<unknown> {
  const playbook = call.playbookById(asked.run);
  if (!playbook) {
    return refuse([mistake(payload, ['run'], `one of ${call.playbookIds.join(', ')}`)], payload, call);
  }
  const target = playbook.target.safeParse(asked.target);
  if (!target.success) return refuse(targetMistakes(asked.target, target.error), payload, call);
  const { mode, by, reason, request } = asked;
  return order(call, request, {
    run:
      request === undefined
        ? runIdOfInvocation(playbook.id, 'manual', call.context.awsRequestId)
        : runIdOfRequest(playbook.id, request, mode),
    playbook: playbook.id,
    cause: { kind: 'manual', by, reason, at: call.now().toISOString() },
    target: target.data,
    mode,
  });
}

/** A new run of the same playbook and target: live on today's world, a dry run on what the old run saw. */
async function answerReplay(
  { replay: of, mode, by, reason, request }: ReplayCall,
  call: Call,
): Promise<unknown> {
  const old = await ask(call, (record) => record.status(of));
  if ('error' in old) return old;
  if (!old.found) return unknownRun(of, call);
  const { playbook, target } = old.found;
  if (!call.playbookById(playbook)) {
    return {
      error: `run "${of}" was one of playbook "${playbook}", which no longer exists; there are ${call.playbookIds.join(', ')}`,
    };
  }
  return order(call, request, {
    run:
      request === undefined
        ? runIdOfInvocation(playbook, 'replay', call.context.awsRequestId)
        : runIdOfRequest(playbook, request, mode),
    playbook,
    cause: {
      kind: 'replay',
      of,
      evidence: mode === 'dry-run' ? 'kept' : 'today',
      by,
      reason,
      at: call.now().toISOString(),
    },
    target,
    mode,
  });
}

async function answerStatus(run: string, call: Call): Promise<unknown> {
  const status = await ask(call, (record) => record.status(run));
  if ('error' in status) return status;
  return status.found ?? unknownRun(run, call);
}

async function order(call: Call, key: string | undefined, request: RunRequest): Promise<unknown> {
  const { run, playbook, target, mode } = request;
  const did = await call.start(request);
  call.log.info(did === 'started' ? 'run started by hand' : 'run was started by hand before', {
    run,
    cause: request.cause,
    mode,
  });
  const see = seeStatus(run, call.context);
  if (did === 'started') return { run, started: true, playbook, target, mode, see };
  if (key === undefined) return { run, started: false, already: true, playbook, target, mode, see };
  return alreadyAsked(call, key, request, see);
}

/** A repeated key: the same call is the same run; another one must not hide behind it. */
async function alreadyAsked(call: Call, key: string, request: RunRequest, see: unknown): Promise<unknown> {
  const { run, playbook, target, mode } = request;
  const first = await ask(call, (record) => record.requestOf(run));
  if ('error' in first || !first.found) {
    const why = 'error' in first ? first.error : 'it is not in the record yet';
    const note = `a call with request "${key}" came before and has this run; whether it asked for the same can't be told: ${why}`;
    return { run, started: false, already: true, note, see };
  }
  const differs = differences(first.found, request);
  if (differs.length === 0) return { run, started: false, already: true, playbook, target, mode, see };
  return {
    error: `request "${key}" was used before for another call, which has run ${run}; nothing was started`,
    differs,
    remedy: 'repeat the first call unchanged to see its run, or choose another request key for this one',
    see,
  };
}
