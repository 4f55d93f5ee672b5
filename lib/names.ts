/**
 * The names that people type and that policies, settings and the sandbox agree on. They are fixed, not generated:
 * the runner's settings hold the ARN of the runner's own alias, and the actor's role is trusted by name.
 * So an account has one responder per Region, and its roles (which know no Region) make that one per account.
 */
export const NAMES = {
  stack: 'commercial-ops-responder',
  functions: {
    dispatcher: 'responder-dispatcher',
    runner: 'responder-runner',
    /** The runner's code under a role that cannot act: carries dry runs. */
    rehearser: 'responder-rehearser',
    signals: 'responder-signals',
    sweep: 'responder-sweep',
    migrate: 'responder-migrate',
    respond: 'responder-respond',
    /** Calls people: one durable execution per episode of an incident. */
    escalation: 'responder-escalation',
    /** The page behind the links to acknowledge. */
    acknowledge: 'responder-acknowledge',
    /** Tells of each day: what happened, what it was worth, what it cost. */
    report: 'responder-report',
  },
  /** The alias that runs are started through; a durable function takes no unqualified call. */
  alias: 'live',
  topics: {
    alarms: 'commercial-ops-alarms',
    sre: 'commercial-ops-sre',
    finops: 'commercial-ops-finops',
    lead: 'commercial-ops-lead',
    management: 'commercial-ops-management',
  },
  /** The second role: assumed by the runner for an accepted plan, and only then. */
  actorRole: 'responder-actor',
  /** The managed policy that lets people command the responder, to be attached to their users and roles. */
  peoplesPolicy: 'responder-people',
  /** The secret that signs the links to acknowledge. */
  linkKey: 'responder/link-key',
  /** Of the business metrics. The responder may write to no other namespace. */
  metrics: 'CommercialOps',
} as const;

export type FunctionName = keyof typeof NAMES.functions;

/** A rehearsal that ran other code than the run would prove nothing: the rehearser has no handler of its own. */
export type HandlerName = Exclude<FunctionName, 'rehearser'>;

/** The handlers that the bundle must hold: `lambdas/<name>.handler.ts` each. */
export const HANDLERS = (Object.keys(NAMES.functions) as FunctionName[]).filter(
  (name): name is HandlerName => name !== 'rehearser',
);
