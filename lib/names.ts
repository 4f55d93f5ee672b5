import { DEFAULT_PREFIX, metricsOf, shownAs } from '../lambdas/domain/instance.ts';

/** Each function's name after the prefix. */
export const FUNCTIONS = [
  'dispatcher',
  'runner',
  /** The runner's code under a role that cannot act: executes dry runs. */
  'rehearser',
  'signals',
  'sweep',
  'migrate',
  'respond',
  /** Notifies people: one durable execution per episode of an incident. */
  'escalation',
  /** The page behind acknowledge links. */
  'acknowledge',
  /** Reports on each day: what happened, what it was worth, what it cost. */
  'report',
  /** Alone writes the audit's anchors. */
  'anchor',
  /** People invoke it: run, replay, status. */
  'manual',
] as const;

export type FunctionName = (typeof FUNCTIONS)[number];

/** The rehearser has no handler of its own: a rehearsal of other code would prove nothing. */
export type HandlerName = Exclude<FunctionName, 'rehearser'>;

/** The handlers that the bundle must hold: `lambdas/<name>.handler.ts` each. */
export const HANDLERS = FUNCTIONS.filter((name): name is HandlerName => name !== 'rehearser');

/**
 * The names that people type, and that policies, settings and the sandbox share. They are derived from the prefix, not
 * generated: the runner's settings contain the ARN of its own alias, and the actor's role is trusted by name.
 * Two instances in one account and Region differ in their prefix. What is not of a Region carries the Region, too.
 */
export function namesOf(prefix: string) {
  const shown = shownAs(prefix);
  return {
    stack: `commercial-ops-${prefix}`,
    functions: Object.fromEntries(FUNCTIONS.map((name) => [name, `${prefix}-${name}`])) as Record<
      FunctionName,
      string
    >,
    /** Runs are started through this alias; a durable function accepts no unqualified call. */
    alias: 'live',
    topics: {
      alarms: `${shown}-alarms`,
      sre: `${shown}-sre`,
      finops: `${shown}-finops`,
      lead: `${shown}-lead`,
      management: `${shown}-management`,
    },
    /** Of Athena: the responder's own queries. */
    workgroup: prefix,
    /** The acting role: the runner assumes it for an accepted plan, and only then. */
    actorRole: `${prefix}-actor`,
    /** The managed policy that lets people command the responder, to be attached to their users and roles. */
    peoplesPolicy: `${prefix}-people`,
    /** The secret that signs the links to acknowledge. */
    linkKey: `${prefix}/link-key`,
    /** The secret that signs the audit's anchors. */
    anchorKey: `${prefix}/anchor-key`,
    /** Before `/<door>`: the secrets that sign orders between functions. */
    orderKey: `${prefix}/order-key`,
    /** Namespace of the business metrics. The responder may write to no other. */
    metrics: metricsOf(prefix),
  } as const;
}

export type Names = ReturnType<typeof namesOf>;

/** Of the only instance in an account and Region. */
export const NAMES = namesOf(DEFAULT_PREFIX);

/** Roles, policies and buckets are not of a Region: in a second one they need another name. */
export const inRegion = (name: string, { region }: { readonly region: string }): string =>
  `${name}-${region}`;
