/**
 * Which prevention follows from what: rules as data. A rule names what it is derived from, and proposes; whether it is
 * done, by whom and when, people decide.
 */
export interface PreventionRule {
  readonly from:
    | { readonly playbook: string; readonly branches: readonly string[] }
    | { readonly guard: string }
    | { readonly outcome: 'ineffective' | 'inconclusive' | 'failed' }
    | { readonly sign: Sign };
  readonly propose: string;
}

/** What shows in more than one playbook. */
export type Sign =
  'late-message' | 'not-told' | 'rung-unanswered' | 'sent-twice' | 'came-back' | 'approval-lapsed';

const of = (playbook: string, branches: readonly string[], propose: string): PreventionRule => ({
  from: { playbook, branches },
  propose,
});

export const PREVENTION_RULES: readonly PreventionRule[] = [
  of(
    'cur-freshness',
    ['not-delivered', 'incomplete-delivery', 'late-delivery'],
    'Watch the delivery itself: an alarm on a missing or incomplete manifest, before freshness suffers, and a contact at AWS for the report',
  ),
  of(
    'cur-freshness',
    ['permission-missing'],
    'Keep the permissions of the ingestion job in code, with a check at deployment that they are all there',
  ),
  of(
    'cur-freshness',
    ['hung'],
    'Give the ingestion job a time-out below its 30 minutes, so that it fails instead of hanging',
  ),
  of(
    'cur-freshness',
    ['failed-before', 'not-loaded'],
    'Find out why the nightly load did not run or failed, and let it be tried again by its own schedule',
  ),
  of(
    'allocation-variance',
    ['rule-changed', 'version-unclear', 'rule-missing'],
    'Let rules take effect at the beginning of a period only, and check at each change that every category keeps a rule',
  ),
  of(
    'allocation-variance',
    ['tag-gap'],
    'Synchronise tags before every allocation, not only after a variance',
  ),
  of(
    'allocation-variance',
    ['metric-unmapped', 'key-total-zero'],
    'Check the key metrics of plans and rules against each other whenever one of them is changed',
  ),
  of('allocation-variance', ['out-of-step'], 'Allocate anew after every load of costs, by the same schedule'),
  of(
    'budget-stale',
    ['failed-before', 'missed', 'keeps-failing'],
    'Have the nightly refresh raise an alarm of its own when it fails or does not run',
  ),
  of('budget-stale', ['still-throttled'], 'Spread the refresh over time, or have its limit raised'),
  of(
    'budget-stale',
    ['unreachable', 'partly-unreachable'],
    'Refuse to end a tenant, plan or month while budgets still refer to it',
  ),
  of('budget-stale', ['nobody-hears'], 'Check the subscriptions of the budget alerts daily'),
  of(
    'recon-failed',
    ['allocation-gap', 'tagging-exceptions'],
    'Reconcile only after an allocation on complete tags, in one chain',
  ),
  of(
    'recon-failed',
    ['invoice-mismatch', 'fx-mismatch', 'no-cause'],
    'Review with FinOps how this kind of difference comes about, and check for it before the month closes',
  ),
  of(
    'recon-failed',
    ['never-run', 'out-of-date', 'final-now'],
    'Run the reconciliation by schedule after each delivery, with an alarm when it does not run',
  ),
  of(
    'tag-coverage-drop',
    ['inventory-knows', 'partly-nameless', 'nameless'],
    'Tag resources when they are created: enforce tenant and plan in provisioning',
  ),
  of(
    'tag-coverage-drop',
    ['beyond-inventory', 'told-already', 'quarantine-grows'],
    'Adopt the proposed AWS Config rule, so that untagged resources are refused at creation',
  ),
  of(
    'invoice-lag',
    ['not-reconciled'],
    'Have the reconciliation finished before the month closes, so that invoices are not held up',
  ),
  of(
    'invoice-lag',
    ['none-ready', 'some-ready'],
    'Check the completeness of usage daily, not at the end of the month',
  ),
  of(
    'invoice-lag',
    ['ready', 'many-tenants'],
    'Find out why the emitter did not issue these invoices by itself',
  ),
  of(
    'payment-mismatch',
    ['redrive', 'settle-and-redrive', 'many-dead-letters'],
    'Find out why bank events became dead letters, and alarm on the first one',
  ),
  of(
    'payment-mismatch',
    ['person', 'part-person', 'many-mismatches'],
    'Ask the payment provider for a reference to the invoice in each payment',
  ),
  of('payment-mismatch', ['settle'], 'Have confirmed payments settle their invoices when they arrive'),
  of(
    'quota-reached',
    ['top-up-some', 'tell', 'too-many'],
    'Tell tenants at 80 % and 95 % of a cap, and offer automatic top-up with it',
  ),
  of('quota-reached', ['absurd'], 'Check metering figures against their caps where they are written'),
  of(
    'runner-backlog',
    ['nat-bound'],
    'Add NAT capacity, or take traffic to AWS off the gateway by endpoints',
  ),
  of(
    'runner-backlog',
    ['throttled'],
    'Have the limits of the throttled calls raised, and back off between them',
  ),
  of(
    'runner-backlog',
    ['launches-fail', 'no-headroom'],
    'Raise the maximum of the group, and allow more instance types',
  ),
  of('runner-backlog', ['scale', 'stuck'], 'Scale by the queue’s depth before the alarm does'),
  of(
    'signals-missing',
    ['not-called', 'not-published', 'some-fail'],
    'Watch the signals function itself: an alarm on its errors and on missing invocations',
  ),
  of(
    'audit-events',
    ['not-written', 'writer-fails', 'log-silent', 'all-silent'],
    'Write the audit event in the transaction of the change that it tells of',
  ),

  { from: { guard: 'kill-switch' }, propose: 'Agree on how long a pause may last, and on who ends it' },
  {
    from: { guard: 'freeze' },
    propose: 'Look at the freeze windows: the fault was repaired later because of one',
  },
  {
    from: { guard: 'trust' },
    propose: 'Decide whether the playbook has shown enough in the shadow to be raised',
  },
  {
    from: { guard: 'breaker' },
    propose: 'Find out why its plans in a row did not help before the breaker is reset',
  },
  {
    from: { guard: 'recurrence' },
    propose: 'Treat the cause that lasts: the machine’s repair held for less than a day',
  },
  {
    from: { guard: 'blast-radius' },
    propose: 'Decide whether the limit fits plans of this size, or smaller plans fit the limit',
  },
  { from: { guard: 'budget' }, propose: 'Look at why so many plans were needed before the budget is raised' },
  {
    from: { guard: 'period-open' },
    propose:
      'Write the correction of the closed period by hand, and find out why the fault was seen after its close',
  },
  {
    from: { guard: 'ledger' },
    propose: 'Look at the ledger’s availability: nothing can be repaired while it is away',
  },
  {
    from: { guard: 'muted-alarm' },
    propose: 'Give every mute an end, and a person who is asked when it comes',
  },

  {
    from: { outcome: 'ineffective' },
    propose:
      'Add the row to the playbook’s decision table that tells this fault from those which its plan repairs',
  },
  {
    from: { outcome: 'inconclusive' },
    propose: 'Check period and datapoints of the alarm: it did not show the repair in its time',
  },
  {
    from: { outcome: 'failed' },
    propose: 'Find out why the action or the run failed, and cover it by a drill',
  },

  {
    from: { sign: 'late-message' },
    propose: 'Find out why messages were late, and check the way to the topic',
  },
  {
    from: { sign: 'not-told' },
    propose: 'Have at least two people confirm their subscription to each topic of the ladder',
  },
  {
    from: { sign: 'rung-unanswered' },
    propose: 'Look at the duty rota: nobody on a rung answered in its time',
  },
  { from: { sign: 'sent-twice' }, propose: 'Look at why the first sending never arrived' },
  {
    from: { sign: 'came-back' },
    propose: 'Treat the cause that lasts: the incident came back after it was resolved',
  },
  {
    from: { sign: 'approval-lapsed' },
    propose: 'Agree on who approves plans at this time of day, or on a longer time for it',
  },
];
