import { runIdOfKey } from '../../lambdas/intake/start/run-id.ts';
import { startRunSigned } from '../signed-order.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { arn } from '../../emulator/kernel/places.ts';
import type { Sandbox } from '../sandbox.ts';
import { approves, onceNotified, ordered, orders, refuses, whenAsked, withApproval } from './asked-people.ts';
import { loaded, makeStale } from './costs-world.ts';
import { faultsOf, type Step } from './fault.ts';
import { hoursAgo } from './steps.ts';
import { whenGranted } from './when-granted.ts';

const PLAYBOOK = 'cur-freshness';
const { fault, control, refused, rehearsed, escalated } = faultsOf(PLAYBOOK, 'cur_freshness_days');
const ONE_HOUR = { limits: { approvalHours: 1 } };

const SWITCH_OFF = `
insert into responder.switch values ('${PLAYBOOK}', true, new.claimed_at, 'sre-one', 'AWS is having a bad day')`;

/** Somebody who holds the order key invokes the runner itself, once nothing of the world is still being prepared. */
const forged: Step = (sandbox) => {
  const person = arn('iam', 'user/sre-one');
  const run = runIdOfKey(PLAYBOOK, 'order', 'in the name of another', 'live');
  sandbox.clock.at('fault.forged', hoursAgo(sandbox, -1 / 60), async () => {
    const at = sandbox.clock.now().toISOString();
    const cause = {
      kind: 'manual',
      by: person,
      caller: { arn: person, person },
      reason: 'nobody will look',
      at,
    } as const;
    const order = { run, playbook: PLAYBOOK, target: { period: '2026-11' }, mode: 'live', cause } as const;
    await startRunSigned(sandbox, order, 'commands');
  });
};

/** A probe that fails for good takes three tries in 20 s: approved 18 s before the end, it has expired by the third. */
const TOO_LATE_MS = 18_000;
/** Two tries of the step, each of three calls. */
const UNANSWERED = 6;

/** A person approves so late that CloudWatch's silence lets the approval expire. */
const approvedTooLate: Step = (sandbox) =>
  onceNotified(sandbox, 'approval', () =>
    sandbox.clock.spawn('fault.asked', async () => {
      const { id, plan, expires } = await requestOf(sandbox);
      const at = new Date(expires.getTime() - TOO_LATE_MS);
      sandbox.faults.add({
        service: 'monitoring',
        operation: 'DescribeAlarms',
        when: 'before',
        times: UNANSWERED,
        match: ({ AlarmNames }) => String(AlarmNames) === PLAYBOOK && sandbox.clock.now() >= at,
        effect: new AwsError('InternalServiceFault', 'CloudWatch is overloaded', 500),
      });
      sandbox.clock.at('fault.sre-two-approves', at, () =>
        orders(sandbox, 'sre-two', 'approve', id, '--plan', plan.slice(0, 12)),
      );
    }),
  );

async function requestOf({ pool }: Sandbox): Promise<{ id: string; plan: string; expires: Date }> {
  const { rows } = await pool.query<{ id: string; plan: string; expires: Date }>(
    `select approval_id as id, plan_sha256 as plan, expires_at as expires from responder.approval
     order by requested_at desc limit 1`,
  );
  if (!rows[0]) throw new Error('people must approve a plan, and the ledger has no request for it');
  return rows[0];
}

/** What people have ordered stops everything that is not sent yet; a plan is carried out only while its approval holds. */
export const guardsOfPeople = [
  control('guard-kill-switch', 'People have switched everything off: not even a probe is run.')
    .inject(makeStale, ordered('sre-one', 'pause', '--reason', 'the ledger is restored'))
    .expect(
      refused(
        null,
        new RegExp(
          `^guard kill-switch: everything has been switched off since 2026-11-23T14:\\S+ by sre-one: the ledger is restored$`,
        ),
      ),
    ),

  control(
    'guard-kill-switch-meanwhile',
    'People switch the playbook off when its locks are granted already, and nothing is sent yet.',
  )
    .inject(makeStale, whenGranted(SWITCH_OFF))
    .expect(
      refused(
        'not-loaded',
        /: what was granted no longer holds: guard kill-switch: cur-freshness has been switched off since \S+ by sre-one/,
      ),
    ),

  control(
    'guard-order-forged',
    'Somebody with the order key invokes the runner itself, in the name of a person who has commanded nothing.',
  )
    .inject(forged)
    .expect(
      refused(
        null,
        /^guard order: it claims to be commanded by arn:\S+user\/sre-one, and no such command is on record$/,
      ),
    ),

  control(
    'guard-trust-shadow',
    'A person has put the playbook in the shadow: it runs its probes, and says what it would do.',
  )
    .inject(makeStale, ordered('sre-one', 'trust', PLAYBOOK, 'shadow', '--reason', 'it is new'))
    .expect(
      rehearsed(
        'not-loaded',
        /^would start Glue job \S+ for 2026-11: .*; guard trust: the trust level of cur-freshness is "shadow"$/,
      ),
    ),

  fault('guard-approval-given', 'The playbook acts only with approval, and a person gives it.')
    .inject(makeStale, withApproval(PLAYBOOK), whenAsked(approves('sre-two')))
    .expect(loaded('not-loaded'), 'glue:StartJobRun'),

  control('guard-approval-lacking', 'The playbook acts only with approval, and nobody gives it.', ONE_HOUR)
    .inject(makeStale, withApproval(PLAYBOOK))
    .expect(
      escalated('not-loaded', /; approval expired: 0 of 1 people had approved by 23 Nov 2026 \S+ UTC$/),
    ),

  control('guard-approval-refused', 'The playbook acts only with approval, and a person refuses it.')
    .inject(makeStale, withApproval(PLAYBOOK), whenAsked(refuses('finops-one', 'not before the close')))
    .expect(refused('not-loaded', /; approval refused: finops-one: not before the close$/)),

  control(
    'guard-approval-expires',
    'A person approves at the last moment, and the approval expires before the plan may be carried out.',
    ONE_HOUR,
  )
    .inject(makeStale, withApproval(PLAYBOOK), approvedTooLate)
    .expect(
      refused(
        'not-loaded',
        /^guard approval: A-\S+: 1 of 1 people \(sre-two\); it expired at 2026-11-23T\S+Z$/,
      ),
    ),
];
