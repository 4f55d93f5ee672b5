import { answerInvoked } from './commands/invoked.ts';
import type { JsonObject } from './intake/alarm-events/json.ts';
import { isObject } from './intake/alarm-events/json.ts';
import type { InvocationContext } from './intake/dispatcher/dispatch.ts';
import { createStart } from './intake/start/start-run.ts';
import { ledgerPool, readTools } from './platform/clients.ts';
import { orderKeys } from './platform/order.ts';
import { log } from './platform/log.ts';
import { settingsFromEnvironment } from './platform/settings.ts';
import type { RunRequest } from './domain/run-request.ts';
import { againstStart } from './record/against-start.ts';
import { createRecordReader } from './record/read.ts';

const settings = settingsFromEnvironment();
const pool = ledgerPool(settings);
const start = createStart(readTools(pool, settings), settings, { door: 'manual', keys: orderKeys(settings) });
const now = (): Date => new Date();

/**
 * `run`, `replay` and `status` of anyone who may invoke it. A function of its own: who may bring alarms need
 * not be able to ask for runs, and the other way round.
 */
export const handler = async (event: unknown, context: InvocationContext): Promise<unknown> => {
  const payload: JsonObject = isObject(event) ? event : {};
  const record = createRecordReader(pool());
  const against = (request: RunRequest) => againstStart(pool(), request, now());
  return answerInvoked(payload, context, { settings, start, record, against, now, log });
};
