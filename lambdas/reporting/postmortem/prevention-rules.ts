/**
 * Prevention besides what branches of playbooks say: rules as data. A rule names its ground, and
 * proposes; people decide whether it is done, by whom and when.
 */
export interface PreventionRule {
  readonly from:
    | { readonly guard: string }
    | { readonly outcome: 'ineffective' | 'inconclusive' | 'failed' }
    | { readonly sign: Sign };
  readonly propose: string;
}

/** What may show in several playbooks. */
export type Sign =
  'late-message' | 'not-told' | 'rung-unanswered' | 'sent-twice' | 'came-back' | 'approval-lapsed';

export const PREVENTION_RULES: readonly PreventionRule[] = [
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
      'Add the row to the playbook’s decision table that separates this fault from those that its plan repairs',
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
    propose: 'Look at the duty rota: nobody at one level answered in time',
  },
  { from: { sign: 'sent-twice' }, propose: 'Look at why the first sending did not begin it' },
  {
    from: { sign: 'came-back' },
    propose: 'Treat the cause that lasts: the incident came back after it was resolved',
  },
  {
    from: { sign: 'approval-lapsed' },
    propose: 'Agree on who approves plans at this time of day, or on a longer time for it',
  },
];
