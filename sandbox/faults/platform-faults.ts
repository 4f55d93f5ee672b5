import { stepOf } from '../../lambdas/domain/step-name.ts';
import type { Sandbox } from '../sandbox.ts';
import { loaded, makeStale } from './costs-world.ts';
import { faultsOf, type Step } from './fault.ts';
import { alarmOf, hoursAgo, onceSeen } from './steps.ts';

const PLAYBOOK = 'cur-freshness';
const { platform, refused } = faultsOf(PLAYBOOK, 'cur_freshness_days');
const START = 'glue:StartJobRun';

type Add = Parameters<Sandbox['faults']['add']>[0];

const calls =
  (fault: Omit<Add, 'times'>): Step =>
  ({ faults }) =>
    faults.add({ ...fault, times: 1 });
const isStart = { service: 'glue', operation: 'StartJobRun' } as const;

/** Whether a checkpoint says that the step in which Glue is started has succeeded. */
const endsTheStart = (input: Readonly<Record<string, unknown>>): boolean =>
  ((input['Updates'] ?? []) as { Name?: string; Action?: string }[]).some(
    ({ Name, Action }) => Name !== undefined && stepOf(Name, 'act') !== undefined && Action === 'SUCCEED',
  );

/** How long the ledger stays away: longer than a run tries to reach it, too short for the signals' own alarm. */
const LEDGER_AWAY_MINUTES = 4;

const ledgerAway: Step = (sandbox) =>
  onceSeen(sandbox, alarmOf(PLAYBOOK), () => {
    sandbox.ledger.cut();
    sandbox.clock.at('fault.ledger-back', hoursAgo(sandbox, -LEDGER_AWAY_MINUTES / 60), () =>
      sandbox.ledger.restore(),
    );
  });

/** Faults of what the responder itself stands on: answers that get lost, processes that crash, a ledger that is away. */
export const platformFaults = [
  platform('answer-lost', 'Glue accepts the start, but its answer never arrives.')
    .inject(makeStale, calls({ ...isStart, when: 'after', effect: 'drop-connection' }))
    .expect(loaded('not-loaded'), START),

  platform('killed-before-start', 'The runner is killed right before it starts Glue.')
    .inject(makeStale, calls({ ...isStart, when: 'before', effect: 'kill-worker' }))
    .expect(loaded('not-loaded'), START),

  platform(
    'killed-unanswered',
    'The runner is killed after Glue has accepted the start, before the answer arrives.',
  )
    .inject(makeStale, calls({ ...isStart, when: 'after', effect: 'kill-worker' }))
    .expect(loaded('not-loaded'), START),

  platform(
    'killed-unrecorded',
    'The runner is killed after the answer has arrived, before it is checkpointed.',
  )
    .inject(
      makeStale,
      calls({
        service: 'lambda',
        operation: 'CheckpointDurableExecution',
        match: endsTheStart,
        when: 'before',
        effect: 'kill-worker',
      }),
    )
    .expect(loaded('not-loaded'), START),

  platform('ledger-away', 'The ledger stops answering when the alarm fires, and is back four minutes later.')
    .inject(makeStale, ledgerAway)
    .expect(refused(null, /^guard ledger: the ledger failed 3 times: /)),
];
