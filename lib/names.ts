/**
 * The names that people type, and that policies, settings and the sandbox share. They are fixed, not generated: the
 * runner's settings contain the ARN of its own alias, and the actor's role is trusted by name. So there is one
 * responder per Region, and, because IAM roles have no Region, one per account.
 */
export const NAMES = {
  stack: 'commercial-ops-responder',
  functions: {
    dispatcher: 'responder-dispatcher',
    runner: 'responder-runner',
    /** The runner's code under a role that cannot act: executes dry runs. */
    rehearser: 'responder-rehearser',
    signals: 'responder-signals',
    sweep: 'responder-sweep',
    migrate: 'responder-migrate',
    respond: 'responder-respond',
    /** Notifies people: one durable execution per episode of an incident. */
    escalation: 'responder-escalation',
    /** The page behind acknowledge links. */
    acknowledge: 'responder-acknowledge',
    /** Reports on each day: what happened, what it was worth, what it cost. */
    report: 'responder-report',
    /** Alone writes the audit's anchors. */
    anchor: 'responder-anchor',
    /** People invoke it: run, replay, status. */
    manual: 'responder-manual',
  },
  /** Runs are started through this alias; a durable function accepts no unqualified call. */
  alias: 'live',
  topics: {
    alarms: 'commercial-ops-alarms',
    sre: 'commercial-ops-sre',
    finops: 'commercial-ops-finops',
    lead: 'commercial-ops-lead',
    management: 'commercial-ops-management',
  },
  /** The acting role: the runner assumes it for an accepted plan, and only then. */
  actorRole: 'responder-actor',
  /** The managed policy that lets people command the responder, to be attached to their users and roles. */
  peoplesPolicy: 'responder-people',
  /** The secret that signs the links to acknowledge. */
  linkKey: 'responder/link-key',
  /** The secret that signs the audit's anchors. */
  anchorKey: 'responder/anchor-key',
  /** The secret that signs orders between functions. */
  orderKey: 'responder/order-key',
  /** Namespace of the business metrics. The responder may write to no other. */
  metrics: 'CommercialOps',
} as const;

export type FunctionName = keyof typeof NAMES.functions;

/** The rehearser has no handler of its own: a rehearsal of other code would prove nothing. */
export type HandlerName = Exclude<FunctionName, 'rehearser'>;

/** The handlers that the bundle must hold: `lambdas/<name>.handler.ts` each. */
export const HANDLERS = (Object.keys(NAMES.functions) as FunctionName[]).filter(
  (name): name is HandlerName => name !== 'rehearser',
);
