import * as z from 'zod';
import type { RunRequest } from '../../domain/run-request.ts';
import { orderedBefore } from '../../platform/start-execution.ts';
import { orderKeys, RUN_KEYS } from '../../platform/order.ts';
import { auditRun } from '../../record/orders.ts';
import { createRecordReader } from '../../record/read.ts';
import { command, type CommandCall, type Answer } from '../definition.ts';
import { fromRecord } from '../requested-run.ts';
import { Reason, RunId } from './orders.ts';
import { caughtUp } from './skipped.ts';

/** Nothing is left to do about what they were about. */
const OVER: readonly (string | null)[] = ['resolved', 'self-healed'];

type Wanted = { readonly request: unknown } | { readonly no: string };

/** The order of a run that has ended; of one that never came into the record, the order that its execution got. */
async function orderOf(run: string, { settings, pool, tools, log }: CommandCall): Promise<Wanted> {
  const record = createRecordReader(pool);
  const read = await fromRecord(() => record.status(run), log);
  if ('error' in read) return { no: read.error };
  if (read.found) {
    const { endedAt, outcome } = read.found;
    if (endedAt === null)
      return {
        no: `run ${run} has no outcome yet: \`why ${run}\` shows what it does. If it has crashed, the sweep records that within minutes; retry it then.`,
      };
    if (OVER.includes(outcome))
      return {
        no: `run ${run} ended ${outcome ?? ''}: nothing is left to retry. \`replay ${run}\` runs it again.`,
      };
    return { request: await record.requestOf(run) };
  }
  const { runner, rehearser } = settings;
  const keys = orderKeys(settings);
  const places = [runner, rehearser].flatMap((functionArn) =>
    RUN_KEYS.map((door) => ({ functionArn, door })),
  );
  for (const { functionArn, door } of places) {
    const there = await orderedBefore('run', { id: run, functionArn }, tools, { door, keys });
    if (there?.status === 'RUNNING')
      return {
        no: `run ${run} is at work, and not in the record yet; it will be once the ledger answers it.`,
      };
    if (there)
      return 'fault' in there
        ? { no: `an execution has run ${run}'s name, and ${there.fault}` }
        : { request: there.order };
  }
  return {
    no: `there is no run "${run}" in the record, and no execution of it: AWS keeps one for two weeks. Where its alarm still stands, the sweep starts a run; else \`run <playbook> --target …\` starts one: the dead letter names both.`,
  };
}

async function startAgain(call: CommandCall<{ run: string; reason: string }>): Promise<Answer> {
  const { input, caller, pool, start, now } = call;
  const order = await orderOf(input.run, call);
  if ('no' in order) return { ok: false, text: order.no };
  const at = now.toISOString();
  const { proof: _signed, ...request } = order.request as RunRequest & { proof?: string };
  const again = caughtUp({ run: input.run, request }, { caller, reason: input.reason, at });
  if (!again)
    return {
      ok: false,
      text: `run ${input.run} only checked something; the sweep checks it again within the hour.`,
    };
  const why = `retry of ${input.run}: ${input.reason}`;
  await auditRun(pool, { caller, action: 'responder.retry', run: again.run, at, why });
  const did = await start(again);
  const see = `\`npm run respond -- why ${again.run}\` shows what becomes of it.`;
  return {
    ok: true,
    text: `${did === 'started' ? `run ${again.run} is started` : `run ${again.run} was started before`}; ${see}`,
    data: { run: again.run, of: input.run, started: did === 'started' },
  };
}

export const retry = command({
  about: 'give the order of a run that failed again: of a crashed one, and of one in the dead letters',
  usage: 'retry <run> --reason "…"',
  schema: z.strictObject({ run: RunId, reason: Reason }),
  may: ['operate'],
  answer: startAgain,
});
