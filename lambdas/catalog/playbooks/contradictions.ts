import type { ActionDefinition, Params, Precedence } from '../actions/definition.ts';
import { overlaps } from '../../domain/lock-names.ts';
import { Estate, type Settings } from '../../platform/settings.ts';
import { chain } from './chain.ts';

/** What is compared between playbooks. */
export interface Acting {
  readonly id: string;
  readonly actions: readonly ActionDefinition[];
}

/** Two actions of two playbooks that could race or undo each other, and what prevents it. */
export interface Pair {
  /** `cur-freshness: start-ingestion` */
  readonly one: string;
  readonly other: string;
  /** Names of locks, with parameters as `{period}`; what no lock names, in the action's own words. */
  readonly shares: readonly string[];
  /** Undefined: nothing does. */
  readonly settled: string | undefined;
}

export interface Contradictions {
  readonly pairs: readonly Pair[];
  /** What must be settled before deployment. */
  readonly unsettled: readonly string[];
}

/** Which of two actions comes first, and why, as one of the two states. */
interface Order {
  readonly first: string;
  readonly then: string;
  readonly why: string;
  /** What they share besides locks. */
  readonly shares?: string;
}

/**
 * Compares every action with every action of other playbooks, on the same period, tenant, group and
 * queue. A shared lock puts them in sequence. Where the second would see or revert what the first did,
 * an order must be stated: by the chain, or by one of the actions with its reason. Within one playbook
 * the plan is the order.
 */
export function contradictionsOf(playbooks: readonly Acting[]): Contradictions {
  const orders = ordersOf(playbooks);
  const pairs = playbooks.flatMap((one, i) =>
    playbooks.slice(i + 1).flatMap((other) =>
      one.actions.flatMap((a) =>
        other.actions.flatMap((b) => {
          const order = orders.find((said) => isOf(said, a.name, b.name));
          return pairOf({ playbook: one.id, action: a }, { playbook: other.id, action: b }, order) ?? [];
        }),
      ),
    ),
  );
  const open = pairs.filter(({ settled }) => settled === undefined);
  const idle = orders.filter((order) => !pairs.some(({ settled }) => settled === inWords(order)));
  return {
    pairs,
    unsettled: [
      ...open.map(
        ({ one, other, shares }) =>
          `${one} and ${other} share ${shares.join(', ')}, and neither action says which comes first`,
      ),
      ...idle.map(
        ({ first, then }) =>
          `an action says that ${first} comes before ${then}, which settles nothing or is said already: remove it`,
      ),
    ],
  };
}

/** Each action once, even if several playbooks have it. */
function ordersOf(playbooks: readonly Acting[]): readonly Order[] {
  const actions = new Map(playbooks.flatMap((one) => one.actions.map((action) => [action.name, action])));
  return [...actions.values()].flatMap(({ name, before = {}, after = {} }) => [
    ...Object.entries(before).map(([then, why]) => order(name, then, why)),
    ...Object.entries(after).map(([first, why]) => order(first, name, why)),
  ]);
}

const order = (first: string, then: string, reason: Precedence): Order =>
  typeof reason === 'string' ? { first, then, why: reason } : { first, then, ...reason };

/** @throws naming all playbooks that contradict each other */
export function refuseContradictions(playbooks: readonly Acting[]): void {
  const { unsettled } = contradictionsOf(playbooks);
  if (unsettled.length === 0) return;
  throw new Error(
    `playbooks contradict each other; wanted one action of each pair to say \`before\` or \`after\`, with its reason:\n` +
      unsettled.map((line) => `- ${line}`).join('\n'),
  );
}

interface Side {
  readonly playbook: string;
  readonly action: ActionDefinition;
}

function pairOf(one: Side, other: Side, order: Order | undefined): Pair | undefined {
  const locks = sharedLocks(one.action, other.action);
  const undoing = undoes(one.action, other.action) || undoes(other.action, one.action);
  const shares = [
    ...locks,
    ...(undoing ? ['what one does and the other undoes'] : []),
    ...(order?.shares === undefined ? [] : [order.shares]),
  ];
  if (shares.length === 0) return undefined;
  return { one: said(one), other: said(other), shares, settled: settlement(one, other, { order, undoing }) };
}

function settlement(
  one: Side,
  other: Side,
  { order, undoing }: { order: Order | undefined; undoing: boolean },
): string | undefined {
  const declared = order && inWords(order);
  // No chain knows who wins when one reverts the other.
  if (undoing || order?.shares !== undefined) return declared;
  if (one.action.name === other.action.name) return 'one after the other: the same action, safe to repeat';
  return earlierInChain(one.playbook, other.playbook) ?? declared;
}

function earlierInChain(one: string, other: string): string | undefined {
  const first = chain.find(({ playbook }) => playbook === one || playbook === other);
  const bothAreIn = [one, other].every((id) => chain.some(({ playbook }) => playbook === id));
  return first && bothAreIn ? `${first.playbook} first: it comes earlier in the chain` : undefined;
}

const inWords = ({ first, why }: Order): string => `${first} first: ${why}`;

function sharedLocks(a: ActionDefinition, b: ActionDefinition): readonly string[] {
  const [one, other] = [locksOf(a), locksOf(b)];
  const both = (some: readonly string[], others: readonly string[]): string[] =>
    some.flatMap((name) =>
      others.flatMap((twin) => (overlaps(name, twin) ? (name.length > twin.length ? name : twin) : [])),
    );
  return [
    ...new Set([
      ...both(one.writes, other.writes),
      ...both(one.writes, other.reads),
      ...both(one.reads, other.writes),
    ]),
  ];
}

const estate = Estate.parse({});
const SETTINGS = { estate } as Settings;
/** Parameters that name something of the estate; all others stand for themselves. */
const KNOWN: Params = {
  function: 'allocation_runner',
  group: estate.runners.group,
  queue: estate.runners.queue,
};
const SAME_FOR_ALL = new Proxy(KNOWN, {
  get: (known, key) => known[String(key)] ?? `{${String(key)}}`,
});

const locksOf = (action: ActionDefinition) => action.locks(SAME_FOR_ALL, SETTINGS);

const undoes = (a: ActionDefinition, b: ActionDefinition): boolean => 'by' in b.undo && b.undo.by === a.name;

const isOf = ({ first, then }: Order, a: string, b: string): boolean =>
  (first === a && then === b) || (first === b && then === a);

const said = ({ playbook, action }: Side): string => `${playbook}: ${action.name}`;
