/** Actions that change the ledger, each by a login of its own: it may write what that action declares. */
export const ACTORS = [
  'responder_mark_reconciled',
  'responder_notify_provisioning',
  'responder_settle_invoice',
  'responder_tell_tenant',
  'responder_top_up',
] as const;
type Actor = (typeof ACTORS)[number];

/**
 * Every function logs in to the ledger as itself, and the role that acts as the action. What a login may do in the
 * record is declared here, and granted by the migration; what is not declared is refused.
 */
export const LOGINS = [
  'responder_migrate',
  'responder_runner',
  'responder_rehearser',
  'responder_manual',
  'responder_sweep',
  'responder_respond',
  'responder_acknowledge',
  'responder_escalation',
  'responder_signals',
  'responder_report',
  'responder_anchor',
  ...ACTORS,
] as const;
export type Login = (typeof LOGINS)[number];

/** Owns schema `responder`: it needs no grants there, and no other login is the owner. */
export const OWNER = 'responder_migrate' satisfies Login;

export interface Rights {
  /** Tables, or single columns: `run (run_id, why)`. */
  readonly select?: readonly string[];
  readonly insert?: readonly string[];
  /** Always single columns: `lock (released_at)`. */
  readonly update?: readonly string[];
  readonly delete?: readonly string[];
  /** Draws the fence that acting needs. */
  readonly fence?: true;
}

const RUN_ENDS =
  'run (ended_at, outcome, why, decision, finding, plan_sha256, joined_run, operations, ledger_writes, acting, waits_for, look_again_at, effect)';
const BREAKER = 'standing (trust, trust_since, trust_by, breaker_since, breaker_why)';
const LAST_END = 'last_end (target, run_id, ended_at, outcome, severity, concerns, times, checked_at)';
const RECORD_OF_RUN = ['run', 'step', 'guard', 'evidence'];
/** What guards weigh. */
const WEIGHED = [
  'run',
  'incident',
  'episode',
  'switch',
  'standing',
  'lock',
  'approval',
  'approver',
  'announcement',
  'audit',
];

/** Whether the run still holds its locks. */
const ACTING: Rights = {
  select: ['run (run_id, acting, fence, ended_at)', 'lock (run_id, leased_until, released_at)'],
};

/** In schema `responder`. */
export const RECORD_RIGHTS: Readonly<Record<Exclude<Login, typeof OWNER>, Rights>> = {
  ...(Object.fromEntries(ACTORS.map((login) => [login, ACTING])) as Record<Actor, Rights>),
  responder_runner: {
    select: [...WEIGHED, 'step', 'guard', 'evidence', 'told', 'last_end'],
    insert: [...RECORD_OF_RUN, 'incident', 'episode', 'approval', 'lock', 'standing', 'audit', 'last_end'],
    update: [
      'run (ended_at, outcome, why, decision, finding, plan_sha256, joined_run, operations, ledger_writes, acting, waits_for, look_again_at, effect, fence, claimed_at)',
      'incident (severity, episode, closed_at)',
      'episode (joined_since, severity, severity_since, severity_cause, severity_run, closed_at, closed_by_run, closed_by_person, version)',
      'approval (callback_id, state, decided_at, decided_why)',
      'lock (released_at, leased_until)',
      LAST_END,
      BREAKER,
    ],
    delete: ['last_end'],
    fence: true,
  },
  /** Row security leaves it the rows of dry runs (migration 009), and of the audit the refused orders (migration 019). */
  responder_rehearser: {
    select: [...WEIGHED, 'step', 'guard', 'evidence'],
    insert: [...RECORD_OF_RUN, 'audit'],
    update: [RUN_ENDS],
  },
  responder_manual: { select: [...RECORD_OF_RUN, 'approval', 'approver'] },
  responder_sweep: {
    select: [
      'run',
      'incident',
      'episode',
      'switch',
      'standing',
      'lock',
      'shadow',
      'audit',
      'told',
      'measurement',
      'transition',
      'announcement',
      'last_end',
    ],
    insert: ['last_end', 'shadow', 'standing', 'audit', 'transition'],
    update: [
      'run (ended_at, outcome, acting, why, compared)',
      'lock (released_at)',
      BREAKER,
      'announcement (sent_at)',
      'transition (run_id, why, answered_at)',
      LAST_END,
    ],
  },
  responder_respond: {
    select: [
      ...WEIGHED,
      'step',
      'guard',
      'evidence',
      'told',
      'shadow',
      'command',
      'pending_order',
      'postmortem',
      'transition',
    ],
    insert: ['command', 'switch', 'standing', 'approver', 'pending_order', 'announcement', 'audit'],
    update: [
      'command (answer)',
      'switch (paused, since, by, reason)',
      'standing (trust, trust_since, trust_by, breaker_since, breaker_why, reset_at, reset_by)',
      'approval (state, decided_at, decided_why)',
      'pending_order (closed_at, closed_by, void_why)',
      'announcement (sent_at)',
      'incident (closed_at)',
      'episode (acknowledged_at, acknowledged_by, acknowledged_severity, closed_at, closed_by_run, closed_by_person, version)',
      'postmortem (signed_at, signed_by, signed_sha256)',
    ],
  },
  /** Public: what its page shows, and what a valid link's button does. */
  responder_acknowledge: {
    select: [
      'incident',
      'episode',
      'told',
      'used_link',
      'run (run_id, incident_id, mode, outcome, why, ended_at)',
    ],
    insert: ['used_link', 'audit'],
    update: ['episode (acknowledged_at, acknowledged_by, acknowledged_severity, version)'],
  },
  responder_escalation: {
    select: [...RECORD_OF_RUN, 'incident', 'episode', 'told', 'postmortem', 'approval', 'approver', 'audit'],
    insert: ['told', 'postmortem', 'audit'],
    update: [
      'incident (severity)',
      'episode (severity, severity_since, severity_cause, severity_run, joined_since, jira_key, jira_url, callback_id, version)',
      'told (told_at, confirmed, tries, tried_at, by_run, why, not_before)',
    ],
  },
  /** Forgets what it measured long ago. */
  responder_signals: {
    select: ['run', 'approval', 'measurement'],
    insert: ['measurement'],
    delete: ['measurement'],
  },
  /** It cannot have written what it anchors. */
  responder_anchor: { select: ['audit', 'audit_head'] },
  responder_report: {
    select: [
      'run',
      'guard',
      'evidence',
      'incident',
      'episode',
      'told',
      'postmortem',
      'approval',
      'approver',
      'standing',
      'switch',
      'announcement',
      // Which orders are in effect.
      'audit',
    ],
    // Rows of old evidence are forgotten; their hashes stay.
    update: ['evidence (rows)'],
  },
};

/** Which logins write an audit entry of a kind; the audit's check reports any other. `*` ends a prefix. */
export const WRITERS: Readonly<Record<string, readonly Login[]>> = {
  'incident.opened': ['responder_runner'],
  'incident.reopened': ['responder_runner'],
  'incident.joined': ['responder_runner'],
  'incident.raised': ['responder_runner', 'responder_escalation'],
  'incident.resolved': ['responder_runner', 'responder_respond'],
  'incident.acknowledged': ['responder_respond', 'responder_acknowledge'],
  'incident.tracked': ['responder_escalation'],
  'people.told': ['responder_escalation'],
  'run.ended': ['responder_runner', 'responder_sweep'],
  'remediation.*': ['responder_runner', 'responder_sweep'],
  'breaker.opened': ['responder_runner', 'responder_sweep'],
  'postmortem.gathered': ['responder_escalation'],
  'postmortem.drafted': ['responder_escalation'],
  'postmortem.signed': ['responder_respond'],
  'command.given': ['responder_respond'],
  'command.answered': ['responder_respond'],
  'order.refused': ['responder_runner', 'responder_rehearser', 'responder_escalation'],
  'responder.ack': ['responder_acknowledge'],
  'responder.*': ['responder_respond'],
};

/** @returns none for a kind that nobody writes */
export const writersOf = (kind: string): readonly Login[] =>
  WRITERS[kind] ?? WRITERS[`${kind.split('.')[0]}.*`] ?? [];

const AUDITING: readonly Login[] = [
  'responder_runner',
  'responder_sweep',
  'responder_respond',
  'responder_acknowledge',
];

/** What the daily report and the desk say of the month's close, and of the money that waits for it. */
const REPORTED = {
  cur_ingestion_log: 'period_start, status',
  fact_cost_allocated: 'period_start',
  recon_summary:
    'service, period_start, status, variance_pct, variance_usd, aws_total_usd, invoiced_total_usd, created_at',
  period_state: 'period_start, state',
  tenant_plan_binding: 'tenant_id, period_start, period_end, status',
  invoice_header: 'invoice_id, tenant_id, period_start, status, total_usd, issued_at',
  payment_txn: 'invoice_id, amount_usd, status',
};

/** What probes, actions and signals declare of Commercial-Ops' tables. */
export interface Declared {
  /** `update (status) on invoice_header to responder_settle_invoice` */
  readonly acting: readonly string[];
  /** `table (column, column)` */
  readonly measured: readonly string[];
  /** The same, of runs and dry runs. */
  readonly read: readonly string[];
}

const selecting = (reads: readonly string[], ...logins: readonly Login[]): readonly string[] =>
  reads.map((one) => {
    const [table = '', columns] = one.split(' (');
    return `select ${columns === undefined ? '' : `(${columns} `}on ${table} to ${logins.join(', ')}`;
  });

/** On Commercial-Ops' tables. Their owner grants. */
export const businessGrants = ({ acting, measured, read }: Declared): readonly string[] => [
  ...selecting(measured, 'responder_signals'),
  ...selecting(read, 'responder_runner', 'responder_rehearser'),
  ...Object.entries(REPORTED).map(
    ([table, columns]) => `select (${columns}) on ${table} to responder_report, responder_respond`,
  ),
  'select on job_run to responder_sweep',
  // An event that is there already is found by its id.
  ...AUDITING.flatMap((login) => [
    `insert on audit_event to ${login}`,
    `select (event_id) on audit_event to ${login}`,
  ]),
  `insert on audit_event, job_run to ${ACTORS.join(', ')}`,
  ...acting,
];
