import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { awsClients, within } from './aws.ts';
import { canonicalJson } from './canonical-json.ts';
import { recent } from './once.ts';
import type { Settings } from './settings.ts';

/*
 * Orders between functions carry a proof, for the right to invoke a function says nothing of who calls:
 * `<door>.<key id>.<signature>`, HMAC-SHA256 under the door's key, over purpose, door and canonical order.
 */

/** Through which of our functions an order came; what a door may order is checked by the function that executes it. */
export const DOORS = ['alarms', 'manual', 'sweep', 'commands', 'runner'] as const;
export type Door = (typeof DOORS)[number];

/** What is ordered: a proof of one is none of the other. */
export type Ordered = 'run' | 'episode';

/** Each door that orders runs has a key of its own: with what one door knows nobody signs as another. */
export const RUN_KEYS = ['alarms', 'manual', 'sweep', 'commands'] as const;
/** `calls` is of episodes: runner and sweep call the same people, under one name. */
export const ORDER_KEYS = [...RUN_KEYS, 'calls'] as const;
export type OrderKeyName = (typeof ORDER_KEYS)[number];

/** The first key signs; all verify, so that a key can be replaced while orders are on their way. */
export type OrderKeys = (of: OrderKeyName, how?: { readonly fresh: boolean }) => Promise<readonly string[]>;

const SHORTEST = 32;
const FRESH_MS = 5 * 60_000;
const SHAPE = /^([a-z]+)\.([0-9a-f]{8})\.([A-Za-z0-9_-]{43})$/;

/**
 * The keys in the secret of a door, separated by blanks, read again after five minutes. A failure is not kept.
 * @throws when the secret cannot be read, or holds no valid key: nothing is then ordered or executed
 */
export function orderKeys({ orderKey }: Pick<Settings, 'orderKey'>): OrderKeys {
  const { secrets } = awsClients({ maxAttempts: 2, requestHandler: within(3_000, 2_000) });
  const reads = Object.fromEntries(
    ORDER_KEYS.map((of) => [of, recent(() => readKeys(`${orderKey}/${of}`, secrets))]),
  ) as Record<OrderKeyName, (within: number) => Promise<readonly string[]>>;
  return (of, { fresh } = { fresh: false }) => reads[of](fresh ? 0 : FRESH_MS);
}

async function readKeys(
  name: string,
  secrets: ReturnType<typeof awsClients>['secrets'],
): Promise<readonly string[]> {
  const client = await secrets();
  const { SecretString = '' } = await client.getSecretValue({ SecretId: name });
  const keys = SecretString.split(/\s+/).filter(Boolean);
  const short = keys.find((key) => key.length < SHORTEST);
  if (keys.length === 0 || short !== undefined)
    throw new Error(
      `the secret ${name} holds a key of ${short?.length ?? 0} characters; wanted at least ${SHORTEST}, as the stack ` +
        'generates it: put a new one, and the one before after a blank',
    );
  return keys;
}

const hmac = (key: string, purpose: string, text: string): Buffer =>
  createHmac('sha256', key).update(`responder-${purpose}|${text}`).digest();

const idOf = (key: string): string =>
  createHash('sha256').update(`responder-order-key|${key}`).digest('hex').slice(0, 8);

const signatureOf = (key: string, what: Ordered, door: string, order: object): Buffer =>
  hmac(key, `order/1|${what}|${door}`, canonicalJson(order));

export type Signed<T extends object> = T & { readonly proof: string };

export interface Signing {
  readonly door: Door;
  readonly keys: OrderKeys;
}

const keyNameOf = (what: Ordered, door: Door): OrderKeyName | undefined =>
  what === 'episode' ? 'calls' : RUN_KEYS.find((one) => one === door);

/** @throws for a door that orders nothing of the kind: it has no key */
async function currentKey(what: Ordered, { door, keys }: Signing): Promise<string> {
  const of = keyNameOf(what, door);
  if (of === undefined) throw new Error(`the door "${door}" has no key: it orders no ${what}`);
  const [key] = await keys(of);
  if (key === undefined) throw new Error('there is no key to sign orders with');
  return key;
}

export async function signOrder<T extends object>(
  what: Ordered,
  order: T,
  signing: Signing,
): Promise<Signed<T>> {
  const { door } = signing;
  const key = await currentKey(what, signing);
  const signature = signatureOf(key, what, door, order).toString('base64url');
  return { ...order, proof: `${door}.${idOf(key)}.${signature}` };
}

export type ProofRead = { readonly door: Door } | { readonly fault: string };

/**
 * @param faultOf why a door may not order this: asked before any key is read, since a function has the keys of those
 * doors alone that may order of it
 * @throws when the keys cannot be read
 */
export async function readProof(
  what: Ordered,
  event: unknown,
  keys: OrderKeys,
  faultOf: (door: Door) => string | undefined = () => undefined,
): Promise<ProofRead> {
  const { proof, ...order } = ((typeof event === 'object' && event) || {}) as { proof?: unknown };
  if (typeof proof !== 'string') return { fault: 'it has no proof of who ordered it' };
  const [, given = '', id, text] = SHAPE.exec(proof) ?? [];
  const door = DOORS.find((one) => one === given);
  if (door === undefined || text === undefined) return { fault: 'its proof is none of ours' };
  const fault = faultOf(door);
  if (fault !== undefined) return { fault };
  const of = keyNameOf(what, door);
  if (of === undefined) return { fault: `the door "${door}" orders no ${what}` };
  const find = (all: readonly string[]) => all.find((one) => idOf(one) === id);
  // The key may have been replaced since it was read here.
  const key = find(await keys(of)) ?? find(await keys(of, { fresh: true }));
  if (key === undefined)
    return { fault: `its proof is by a key ${id} that is not, or no longer, in the secret of "${of}"` };
  const signature = Buffer.from(text, 'base64url');
  const right = signatureOf(key, what, door, order);
  if (signature.toString('base64url') !== text || !timingSafeEqual(signature, right))
    return { fault: 'its proof is not of this order' };
  return { door };
}

const TAG = 12;
/** Names of durable executions have at most 64 of `[A-Za-z0-9_-]`. */
const NAME = 64;

/**
 * The name of its durable execution: `<id>-<keyed digest>`. Nobody without the door's key can take a name before its run
 * or episode exists. A long id loses its beginning; the digest is of the whole.
 */
export async function executionNameOf(what: Ordered, id: string, signing: Signing): Promise<string> {
  const tag = hmac(await currentKey(what, signing), `name/1|${what}`, id)
    .toString('hex')
    .slice(0, TAG);
  return `${id.slice(-(NAME - TAG - 1))}-${tag}`;
}
