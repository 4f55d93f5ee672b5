import fc from 'fast-check';
import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { runIdOfAlarm, runIdOfInvocation, runIdOfKey } from '../../../lambdas/intake/start/run-id.ts';
import { ENVELOPES } from '../../fixtures/envelopes/envelopes.ts';
import { oldMessage } from '../../fixtures/envelopes/messages.ts';
import { KINDS, expected, transition } from '../../fixtures/envelopes/transitions.ts';

const idOf = (event: unknown) => {
  const [message] = readEvent(event);
  if (message?.kind !== 'alarm') throw new Error('not an alarm');
  return runIdOfAlarm('cur-freshness', message.alarm);
};

describe('the id of an alarm’s run', () => {
  it('is the same by every envelope, old messages included: it must never change, or a redelivery after a deployment runs twice', () => {
    for (const kind of KINDS) {
      const facts = transition({ kind });
      const ids = [...ENVELOPES.map(({ wrap }) => wrap(facts)), oldMessage(facts)].map(idOf);
      expect(new Set(ids)).toEqual(new Set(['cur-freshness-20250914T060532-306c941c21c0']));
    }
  });

  it('is another for another moment, alarm, account, Region or slot', () => {
    const alarm = expected(transition());
    const ids = [
      runIdOfAlarm('cur-freshness', alarm),
      runIdOfAlarm('cur-freshness', { ...alarm, changedAt: '2025-09-14T06:05:32.007Z' }),
      runIdOfAlarm('cur-freshness', { ...alarm, name: 'cur-freshness-critical' }),
      runIdOfAlarm('cur-freshness', { ...alarm, account: '012345678902' }),
      runIdOfAlarm('cur-freshness', { ...alarm, region: 'eu-west-1' }),
      runIdOfAlarm('cur-freshness', alarm, '2025-09-14T07:00'),
      runIdOfAlarm('cur-freshness', alarm, '2025-09-14T08:00'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('does not depend on how CloudWatch worded it', () => {
    const alarm = expected(transition());
    const { arn: _arn, previous: _previous, ...bare } = alarm;
    expect(runIdOfAlarm('cur-freshness', { ...bare, reason: 'other words' })).toBe(
      runIdOfAlarm('cur-freshness', alarm),
    );
  });
});

it('is always a name that durable executions take', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z-]{0,80}$/),
      fc.string(),
      fc.string(),
      (playbook, name, other) => {
        const alarm = expected(transition({ name }));
        for (const id of [
          runIdOfAlarm(playbook, alarm, other),
          runIdOfKey(playbook, 'request', other, 'live'),
          runIdOfKey(playbook, 'catch-up', other, 'dry-run'),
          runIdOfInvocation(playbook, 'replay', other),
        ]) {
          expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
        }
      },
    ),
  );
});

it('of one door never names a run of another', () => {
  const domains = ['request', 'order', 'undo', 'catch-up'] as const;
  const keys = ['r-1', 'undo|r-1', 'undo r-1', '|r-1', 'request|undo|r-1'];
  const ids = domains.flatMap((domain) =>
    keys.flatMap((key) => (['live', 'dry-run'] as const).map((mode) => runIdOfKey('p', domain, key, mode))),
  );
  expect(new Set(ids).size).toBe(ids.length);
});
