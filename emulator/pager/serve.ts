import type { Clock } from '../kernel/clock.ts';
import { ROOT } from '../kernel/credentials.ts';
import type { Blow, Faults } from '../kernel/faults.ts';
import { PAGER_PREFIX } from '../kernel/places.ts';
import { AwsError } from '../kernel/service.ts';
import type { Severed } from '../wire/exchange.ts';
import { header, type WireAnswer, type WireRequest } from '../wire/message.ts';
import { json } from '../jira/answer.ts';
import { PAGER_KINDS, PagerRefusal, type Pagers } from './pager.ts';

export interface PagerNeeds {
  readonly pagers: Pagers;
  readonly clock: Clock;
  readonly faults: Pick<Faults, 'strike'>;
}

/** PagerDuty's limit. */
const MOST_BYTES = 512 * 1_024;

/** Both pagers, under `/_pager/pagerduty` and `/_pager/webhook`. */
export function servePagers({ pagers, clock, faults }: PagerNeeds) {
  return async (request: WireRequest): Promise<WireAnswer | Severed> => {
    const kind = PAGER_KINDS.find((one) => request.path === `${PAGER_PREFIX}${one}`);
    if (request.method !== 'POST' || kind === undefined)
      return json(404, { message: `the emulator's pagers have no ${request.method} ${request.path}` });
    const call = { service: 'pager', operation: kind, principal: ROOT, input: {} };
    const before = await faults.strike(call, 'before', clock.now());
    if (before) return struck(before);
    const answer = await answered(kind, request, pagers);
    const after = await faults.strike(call, 'after', clock.now());
    return after ? struck(after) : answer;
  };
}

async function answered(
  kind: (typeof PAGER_KINDS)[number],
  { headers, body }: WireRequest,
  pagers: Pagers,
): Promise<WireAnswer> {
  try {
    if (!(header(headers, 'content-type') ?? '').startsWith('application/json'))
      throw new PagerRefusal(415, 'wanted: application/json');
    if (body.length > MOST_BYTES) throw new PagerRefusal(413, 'the event is too large');
    if (kind === 'webhook') {
      await pagers.takeWebhook(body, (name) => header(headers, name));
      return json(202, { status: 'accepted' });
    }
    const key = await pagers.takeEvent(parsed(body));
    return json(202, { status: 'success', message: 'Event processed', dedup_key: key });
  } catch (error) {
    if (!(error instanceof PagerRefusal)) throw error;
    return json(error.status, {
      status: 'invalid event',
      message: 'Event object is invalid',
      errors: [error.message],
    });
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new PagerRefusal(400, 'the body is no JSON');
  }
}

function struck(effect: Blow): WireAnswer | Severed {
  if (!(effect instanceof AwsError)) return { sever: true };
  const { status = 503, message } = effect;
  return json(status, { message }, status === 429 ? { 'retry-after': '60' } : {});
}
