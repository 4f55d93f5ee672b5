import * as z from 'zod';
import { playbookById, playbooks } from '../catalog/playbooks/registry.ts';
import { Mode, Target } from '../domain/run-request.ts';
import type { JsonObject } from '../intake/alarm-events/json.ts';
import type { InvocationContext } from '../intake/dispatcher/dispatch.ts';
import { runIdOfInvocation, runIdOfKey } from '../intake/start/run-id.ts';
import { ownText } from '../intake/alarm-events/json.ts';
import { checked } from '../platform/checked.ts';
import type { Settings } from '../platform/settings.ts';
import type { Answer } from './definition.ts';
import { PlaybookId, Reason, RunId, ShortText } from './each/orders.ts';
import { startReplay } from './each/replay.ts';
import { startPlaybook } from './each/run.ts';
import { fromRecord, unknownRun, type StartCall } from './requested-run.ts';

/** Inputs of a plain invoke, by the key that names the command. */
const CALLS = {
  run: z.strictObject({
    run: PlaybookId,
    target: Target,
    mode: Mode,
    by: ShortText,
    reason: Reason,
    request: ShortText.optional(),
  }),
  replay: z.strictObject({
    replay: RunId,
    mode: Mode.default('dry-run'),
    by: ShortText.default('not given'),
    reason: Reason.default('not given'),
    request: ShortText.optional(),
  }),
  status: z.strictObject({ status: RunId }),
};

/** What a plain invoke may send. */
export const Manual = z.union([CALLS.run, CALLS.replay, CALLS.status]);

export interface InvokedNeeds extends Pick<StartCall, 'start' | 'record' | 'log' | 'against'> {
  readonly settings: Settings;
  readonly now: () => Date;
}

/** How the person sees the run's result. */
type Invoked = Answer & { readonly see?: { readonly payload: unknown; readonly command: string } };

/**
 * The commands `run`, `replay` and `why`, for anyone who may invoke `responder-manual`: `{"run":
 * "cur-freshness", …}`. A wrong payload is answered, never thrown, with what is wrong and what is
 * right.
 */
export async function answerInvoked(
  payload: JsonObject,
  context: InvocationContext,
  needs: InvokedNeeds,
): Promise<Invoked> {
  const [kind, ...more] = (['run', 'replay', 'status'] as const).filter((key) => Object.hasOwn(payload, key));
  if (kind === undefined || more.length > 0)
    return wrong(
      `✖ Wanted one of the keys run, replay, status; got ${Object.keys(payload).join(', ')}`,
      payload,
      needs,
    );
  const read = checked<z.ZodType<z.infer<(typeof CALLS)[typeof kind]>>>(CALLS[kind], payload);
  if ('mistakes' in read) return wrong(read.mistakes, payload, needs);
  const call = read.data;
  if ('status' in call) return statusOf(call.status, needs);
  const { mode, by, reason, request } = call;
  const starting: StartCall = {
    ...needs,
    by,
    reason,
    at: needs.now().toISOString(),
    key: request,
    idOf: (playbook, cause, ofMode) =>
      request === undefined
        ? runIdOfInvocation(playbook, cause, context.awsRequestId)
        : runIdOfKey(playbook, 'request', request, ofMode),
  };
  const answer =
    'run' in call
      ? await startPlaybook({ playbook: call.run, target: call.target, mode }, starting)
      : await startReplay({ run: call.replay, mode }, starting);
  return withSee(answer, context);
}

/** How far a run is. Tenants and amounts are for listed people: a plain invoke does not prove who asks. */
async function statusOf(id: string, { record, log, settings }: InvokedNeeds): Promise<Answer> {
  const status = await fromRecord(() => record.status(id), log);
  if ('error' in status) return { ok: false, text: status.error };
  if (!status.found) return unknownRun(id, settings);
  const { run, playbook, mode, outcome, openedAt, endedAt } = status.found;
  const text = `${run}: ${outcome ?? 'at work'}; \`npm run respond -- why ${run}\` shows listed people the rest.`;
  return { ok: true, text, data: { run, playbook, mode, outcome, openedAt, endedAt } };
}

function withSee(answer: Answer, { functionName }: InvocationContext): Invoked {
  const run = (answer.data as { run?: string } | undefined)?.run;
  if (run === undefined) return answer;
  const payload = { status: run };
  const command =
    `aws lambda invoke --function-name ${functionName} --cli-binary-format raw-in-base64-out ` +
    `--payload '${JSON.stringify(payload)}' /dev/stdout`;
  return { ...answer, see: { payload, command } };
}

/** All that is wrong with a call, and a right one of the kind and playbook that was probably meant. */
function wrong(mistakes: string, payload: JsonObject, { now, log }: InvokedNeeds): Answer {
  log.warn('a manual call was refused', { mistakes });
  const example = exampleOf(payload, now());
  const text = `the call is wrong; nothing was started.\n${mistakes}\nWanted, for example: ${JSON.stringify(example)}`;
  return { ok: false, text, data: { example } };
}

function exampleOf(payload: JsonObject, now: Date): unknown {
  const run = 'cur-freshness-20250914T060532-1f2e3d4c5b6a';
  const person = {
    mode: 'dry-run',
    by: 'ada@example.com',
    reason: 'checking the late delivery',
    request: 'OPS-1234',
  };
  if (!Object.hasOwn(payload, 'run')) {
    if (Object.hasOwn(payload, 'status')) return { status: run };
    if (Object.hasOwn(payload, 'replay')) return { replay: run, ...person };
  }
  const playbook = playbookById(ownText(payload, 'run') ?? '') ?? playbooks[0];
  const target = playbook?.targetOf({ name: playbook.alarms[0]?.name ?? playbook.id, changedAt: now });
  return { run: playbook?.id, target, ...person };
}
