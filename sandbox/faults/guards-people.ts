import { AwsError } from '../../emulator/kernel/service.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { Sandbox } from '../sandbox.ts';
import { hoursAgo, loaded, makeStale, type ExpectedRun, type Fault } from './fault.ts';
import { orders } from './asked-people.ts';
import { approves, onceAsked, type Asked } from './people-at-work.ts';
import { whenGranted } from './when-granted.ts';

const PLAYBOOK = 'cur-freshness';
const START = 'glue:StartJobRun';
const common = { kind: 'control', metric: 'cur_freshness_days', actions: [] } as const;
const of = (outcome: ExpectedRun['outcome'], branch: string | null, why: RegExp): readonly ExpectedRun[] => [
  { playbook: PLAYBOOK, outcome, branch, why },
];
const SRE = String.raw`arn:aws:iam::\d{12}:user/sre-one`;

const SWITCH_OFF = `
insert into responder.switch values ('${PLAYBOOK}', true, new.claimed_at, 'sre-one', 'AWS is having a bad day')`;

/** What people have ordered stops whatever is not sent yet. */
const ordered: readonly Fault[] = [
  {
    ...common,
    name: 'guard-kill-switch',
    about: 'People have switched everything off: nobody even looks.',
    runs: of(
      'refused',
      null,
      new RegExp(
        `^guard kill-switch: everything has been switched off since 2026-11-23T14:\\S+ by ${SRE}: the ledger is restored$`,
      ),
    ),
    async inject(sandbox) {
      await makeStale(sandbox);
      await orders(sandbox, 'sre-one', 'pause', '--reason', 'the ledger is restored');
    },
  },
  {
    ...common,
    name: 'guard-kill-switch-meanwhile',
    about: 'People switch the playbook off when its locks are granted already, and nothing is sent yet.',
    runs: of(
      'refused',
      'not-loaded',
      /: what was granted no longer holds: guard kill-switch: cur-freshness has been switched off since \S+ by sre-one/,
    ),
    async inject(sandbox) {
      await makeStale(sandbox);
      await whenGranted(sandbox, SWITCH_OFF);
    },
  },
  {
    ...common,
    name: 'guard-order-forged',
    about: 'Somebody invokes the runner itself, in the name of a person who has commanded nothing.',
    runs: of(
      'refused',
      null,
      /^guard order: it claims to be commanded by arn:\S+user\/sre-one, and no such command is on record$/,
    ),
    async inject(sandbox) {
      const person = arn('iam', 'user/sre-one');
      const cause = {
        kind: 'manual',
        by: person,
        caller: { arn: person, person },
        reason: 'nobody will look',
      };
      const run = 'cur-freshness-in-the-name-of-another';
      // Once it is certain that nothing of the world is still being prepared.
      sandbox.clock.at('fault.forged', hoursAgo(sandbox, -1 / 60), async () => {
        await sandbox.services.lambda.invoke({
          function: 'responder-runner:live',
          type: 'Event',
          durableExecutionName: run,
          payload: {
            run,
            playbook: PLAYBOOK,
            target: { period: '2026-11' },
            mode: 'live',
            cause: { ...cause, at: sandbox.clock.now().toISOString() },
          },
        });
      });
    },
  },
  {
    ...common,
    name: 'guard-trust-shadow',
    about: 'A person has put the playbook in the shadow: it looks, and says what it would do.',
    runs: of(
      'rehearsed',
      'not-loaded',
      /^would start Glue job \S+ for 2026-11: .*; guard trust: cur-freshness stands on "shadow"$/,
    ),
    async inject(sandbox) {
      await makeStale(sandbox);
      await orders(sandbox, 'sre-one', 'trust', PLAYBOOK, 'shadow', '--reason', 'it is new');
    },
  },
];

/** The playbook acts only with a person's approval; what comes of the request is `answer`'s. */
async function asking(sandbox: Sandbox, answer: (asked: Asked) => void): Promise<void> {
  await makeStale(sandbox);
  await orders(sandbox, 'sre-one', 'trust', PLAYBOOK, 'approve', '--reason', 'it is rather new');
  onceAsked(sandbox, answer);
}

const soon = (sandbox: Sandbox): Date => hoursAgo(sandbox, -0.1);

/** A look that fails for good takes three tries in 20 s: approved 18 s before the end, it has expired by the third. */
const TOO_LATE_MS = 18_000;
/** Two tries of the step, each of three calls. */
const UNANSWERED = 6;

/** A plan is carried out only while the approval of it holds. */
const approvals: readonly Fault[] = [
  {
    ...common,
    name: 'guard-approval-given',
    kind: 'fault',
    about: 'The playbook acts only with approval, and a person gives it.',
    runs: [loaded('not-loaded')],
    actions: [START],
    inject: (sandbox) => asking(sandbox, (asked) => approves(sandbox, 'sre-two', asked, soon(sandbox))),
  },
  {
    ...common,
    name: 'guard-approval-lacking',
    about: 'The playbook acts only with approval, and nobody gives it.',
    limits: { approvalHours: 1 },
    runs: of('escalated', 'not-loaded', /; approval expired: 0 of 1 people had approved by 2026-11-23T\S+Z$/),
    inject: (sandbox) => asking(sandbox, () => undefined),
  },
  {
    ...common,
    name: 'guard-approval-refused',
    about: 'The playbook acts only with approval, and a person refuses it.',
    runs: of('refused', 'not-loaded', /; approval refused: arn:\S+user\/finops-one: not before the close$/),
    inject: (sandbox) =>
      asking(sandbox, ({ id }) =>
        sandbox.clock.at('fault.refuses', soon(sandbox), () =>
          orders(sandbox, 'finops-one', 'refuse', id, '--reason', 'not before the close'),
        ),
      ),
  },
  {
    ...common,
    name: 'guard-approval-expires',
    about:
      'A person approves at the last moment, and the approval expires before the plan may be carried out.',
    limits: { approvalHours: 1 },
    runs: of(
      'refused',
      'not-loaded',
      /^guard approval: A-\S+: 1 of 1 people \(arn:\S+user\/sre-two\); it expired at 2026-11-23T\S+Z$/,
    ),
    inject: (sandbox) =>
      asking(sandbox, (asked) => {
        const at = new Date(asked.expires.getTime() - TOO_LATE_MS);
        sandbox.faults.add({
          service: 'monitoring',
          operation: 'DescribeAlarms',
          when: 'before',
          times: UNANSWERED,
          match: ({ AlarmNames }) => String(AlarmNames) === PLAYBOOK && sandbox.clock.now() >= at,
          effect: new AwsError('InternalServiceFault', 'CloudWatch is overloaded', 500),
        });
        approves(sandbox, 'sre-two', asked, at);
      }),
  },
];

export const guardsOfPeople: readonly Fault[] = [...ordered, ...approvals];
