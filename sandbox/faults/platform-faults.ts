import { stepOf } from '../../lambdas/domain/step-name.ts';
import { hoursAgo, loaded, makeStale, type Fault } from './fault.ts';

const PLAYBOOK = 'cur-freshness';
const METRIC = 'cur_freshness_days';
const START = 'glue:StartJobRun';

/** How long the ledger stays away: longer than a run tries to reach it, too short for the signals' own alarm. */
const LEDGER_AWAY_MINUTES = 4;

const isStart = { service: 'glue', operation: 'StartJobRun', times: 1 } as const;

/** Whether a checkpoint says that the step in which Glue is started has succeeded. */
const endsTheStart = (input: Readonly<Record<string, unknown>>): boolean =>
  ((input['Updates'] ?? []) as { Name?: string; Action?: string }[]).some(
    ({ Name, Action }) => Name !== undefined && stepOf(Name, 'act') !== undefined && Action === 'SUCCEED',
  );

/** Faults of what the responder itself stands on: answers that get lost, processes that die, a ledger that is away. */
export const platformFaults: readonly Fault[] = [
  {
    name: 'answer-lost',
    about: 'Glue accepts the start, but its answer never arrives.',
    kind: 'platform',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      sandbox.faults.add({ ...isStart, when: 'after', effect: 'drop-connection' });
    },
  },
  {
    name: 'killed-before-start',
    about: 'The runner is killed right before it starts Glue.',
    kind: 'platform',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      sandbox.faults.add({ ...isStart, when: 'before', effect: 'kill-worker' });
    },
  },
  {
    name: 'killed-unanswered',
    about: 'The runner is killed after Glue has accepted the start, before the answer arrives.',
    kind: 'platform',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      sandbox.faults.add({ ...isStart, when: 'after', effect: 'kill-worker' });
    },
  },
  {
    name: 'killed-unrecorded',
    about: 'The runner is killed after the answer has arrived, before it is checkpointed.',
    kind: 'platform',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      sandbox.faults.add({
        service: 'lambda',
        operation: 'CheckpointDurableExecution',
        times: 1,
        match: endsTheStart,
        when: 'before',
        effect: 'kill-worker',
      });
    },
  },
  {
    name: 'ledger-away',
    about: 'The ledger stops answering when the alarm fires, and is back four minutes later.',
    kind: 'platform',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'refused',
        branch: null,
        why: /^guard ledger: the ledger did not answer 3 times: /,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      const unwatch = sandbox.watch((observed) => {
        if (observed.kind !== 'alarm' || !observed.subject.includes(PLAYBOOK)) return;
        unwatch();
        sandbox.ledger.cut();
        sandbox.clock.at('fault.ledger-back', hoursAgo(sandbox, -LEDGER_AWAY_MINUTES / 60), () =>
          sandbox.ledger.restore(),
        );
      });
    },
  },
];
