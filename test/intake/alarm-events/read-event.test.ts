import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { Alarm } from '../../../lambdas/domain/alarm.ts';
import { alarmDetail } from '../../fixtures/envelopes/details.ts';
import {
  ENVELOPES,
  QUEUE,
  TOPIC,
  direct,
  eventBridge,
  notification,
  snsRecord,
  sqsRecord,
} from '../../fixtures/envelopes/envelopes.ts';
import { classicMessage, oldMessage } from '../../fixtures/envelopes/messages.ts';
import { NON_ALARMS } from '../../fixtures/envelopes/non-alarms.ts';
import { KINDS, expected, transition } from '../../fixtures/envelopes/transitions.ts';

const alarmOf = (event: unknown) => {
  const [message, ...more] = readEvent(event);
  expect(more).toEqual([]);
  if (message?.kind !== 'alarm') throw new Error(`not an alarm: ${JSON.stringify(message)}`);
  return message.alarm;
};

describe.each(ENVELOPES.map(({ via, wrap }, index) => ({ via, wrap, index })))(
  'by $via ($index)',
  ({ via, wrap }) => {
    it.each(KINDS)('a %s alarm is the same alarm as by any other envelope', (kind) => {
      const facts = transition({ kind });
      const [message] = readEvent(wrap(facts));
      expect(message).toMatchObject({ kind: 'alarm', alarm: expected(facts), origin: { via } });
      expect(Alarm.safeParse(alarmOf(wrap(facts))).error).toBeUndefined();
    });

    it.each(['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const)(
      'a change to %s keeps its state, first or not',
      (state) => {
        for (const previous of ['OK', 'ALARM', undefined] as const) {
          const { previous: _, ...first } = transition({ state });
          const facts = previous ? { ...first, previous } : first;
          expect(alarmOf(wrap(facts))).toEqual(expected(facts));
        }
      },
    );
  },
);

describe('what messages leave out or word differently', () => {
  const facts = transition();

  it('takes Region and account of an old message from its fields, else from the topic', () => {
    const { arn: _, ...withoutArn } = expected(facts);
    expect(alarmOf(oldMessage(facts))).toEqual(withoutArn);
    const { Region: _region, AWSAccountId: _account, ...bare } = oldMessage(facts);
    expect(alarmOf({ Records: [snsRecord(bare)] })).toEqual(withoutArn);
    expect(alarmOf(bare)).toEqual({ ...withoutArn, region: 'unknown', account: 'unknown' });
  });

  it('believes the ARN rather than the display name, in every partition', () => {
    for (const [partition, region] of [
      ['aws-cn', 'cn-northwest-1'],
      ['aws-us-gov', 'us-gov-east-1'],
    ]) {
      const AlarmArn = `arn:${partition}:cloudwatch:${region}:000000000042:alarm:cur-freshness`;
      expect(alarmOf({ ...classicMessage(facts), AlarmArn })).toMatchObject({
        region,
        account: '000000000042',
      });
    }
  });

  it('gives an account that came as a number its leading zeros back', () => {
    expect(alarmOf({ ...oldMessage(facts), AWSAccountId: 12345678901 }).account).toBe('012345678901');
  });

  it('follows the body where subject and body disagree', () => {
    const event = {
      Records: [snsRecord(classicMessage(facts), 'OK: "something-else" in US East (N. Virginia)')],
    };
    expect(alarmOf(event)).toEqual(expected(facts));
  });

  it('reads times with spaces, as templated messages have them', () => {
    expect(alarmOf(direct(facts, { timestamp: '2025-09-14T06: 05: 32.006+0000' })).changedAt).toBe(
      facts.changedAt,
    );
  });

  it('leaves out a previous state that does not exist, and cuts an endless reason', () => {
    const odd = alarmOf({ ...classicMessage(facts), OldStateValue: 'NONE', NewStateReason: 'x'.repeat(1e6) });
    expect(odd.previous).toBeUndefined();
    expect(odd.reason).toHaveLength(2_000);
  });

  it.each([
    [
      { actionsSuppressedBy: 'WaitPeriod', actionsSuppressedReason: 'Actions suppressed by WaitPeriod' },
      'WaitPeriod',
    ],
    [{ actionsSuppressedBy: 'Alarm' }, 'Alarm'],
    [{ muteDetail: { mutedBy: 'nightly-maintenance' } }, 'nightly-maintenance'],
    [{ muteDetail: {} }, 'a mute rule'],
  ])('says who suppresses or mutes it: %j', (state, by) => {
    expect(alarmOf(eventBridge(alarmDetail(facts, state), facts)).suppressedBy).toBe(by);
    expect(alarmOf(direct(facts, state)).suppressedBy).toBe(by);
  });

  it('does not take the suppression of the state before for one of now', () => {
    const event = direct({ ...facts, previous: 'ALARM' });
    const data = event['alarmData'] as { previousState: Record<string, unknown> };
    data.previousState['actionsSuppressedBy'] = 'WaitPeriod';
    expect(alarmOf(event)).toMatchObject({ state: 'ALARM', previous: 'ALARM' });
    expect(alarmOf(event).suppressedBy).toBeUndefined();
  });
});

describe('what is no alarm', () => {
  it.each(NON_ALARMS)('$what is $kind, by any envelope', ({ message, kind, says }) => {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const events = [
      message,
      { Records: [snsRecord(message)] },
      { Records: [sqsRecord(message)] },
      { Records: [sqsRecord(notification(message))] },
    ];
    for (const event of events) {
      const [found, ...more] = readEvent(event);
      expect(more).toEqual([]);
      expect(found).toMatchObject({ kind, reason: expect.stringMatching(says) as string });
      if (kind === 'unrecognised') expect(found?.body).toBe(body);
    }
  });

  it.each([
    [null],
    [undefined],
    [0],
    [true],
    ['text'],
    [{}],
    [[]],
    [{ Records: [] }],
    [{ Records: [null] }],
    [[[1]]],
  ])('an event %j is unrecognised, and nothing is thrown', (event) => {
    expect(readEvent(event)).toMatchObject([{ kind: 'unrecognised' }]);
  });

  it('stops at envelopes nested without end', () => {
    let event: unknown = classicMessage(transition());
    for (let depth = 0; depth < 9; depth++) event = notification(event);
    expect(readEvent(event)).toMatchObject([
      { kind: 'unrecognised', reason: expect.stringContaining('nested') as string },
    ]);
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(readEvent({ Records: [snsRecord(deep)] })).toMatchObject([{ kind: 'unrecognised', body: deep }]);
  });
});

describe('several messages at once', () => {
  it('are told apart, with the queue record that each came in', () => {
    const good = transition();
    const other = transition({ name: 'budget-stale', kind: 'composite' });
    const event = {
      Records: [
        sqsRecord(notification(classicMessage(good)), 'm-1'),
        sqsRecord('garbage', 'm-2'),
        sqsRecord(eventBridge(alarmDetail(other), other), 'm-3'),
        snsRecord({ hello: 'there' }),
        snsRecord(classicMessage(other)),
      ],
    };
    expect(readEvent(event)).toMatchObject([
      { kind: 'alarm', alarm: expected(good), origin: { sqsMessageId: 'm-1', source: TOPIC } },
      { kind: 'unrecognised', body: 'garbage', origin: { sqsMessageId: 'm-2', source: QUEUE } },
      { kind: 'alarm', alarm: expected(other), origin: { sqsMessageId: 'm-3', source: QUEUE } },
      { kind: 'unrecognised', origin: { via: 'SNS', source: TOPIC } },
      { kind: 'alarm', alarm: expected(other), origin: { via: 'SNS', source: TOPIC } },
    ]);
    expect(readEvent(event)[4]?.origin).not.toHaveProperty('sqsMessageId');
  });
});

describe('manual calls', () => {
  it.each([
    [{ run: 'cur-freshness' }],
    [{ replay: 'x' }],
    [{ status: 1, more: true }],
    [{ statuss: 'x' }],
    [{ Run: 'cur-freshness', taget: { period: '2025-09' }, mode: 'live' }],
    [{ mode: 'live', reason: 'the key that names the command was left out' }],
  ])('%j is one', (payload) => {
    expect(readEvent(payload)).toMatchObject([{ kind: 'manual', payload, origin: { via: 'invoke' } }]);
  });

  it('are recognised only at the top: nobody can give orders through a topic or a queue', () => {
    const order = { run: 'cur-freshness', target: { period: '2025-09' }, mode: 'live', by: 'x', reason: 'y' };
    const events = [
      { Records: [snsRecord(order)] },
      { Records: [sqsRecord(order)] },
      [order],
      { Records: [order] },
    ];
    for (const event of events) expect(readEvent(event)).toMatchObject([{ kind: 'unrecognised' }]);
  });

  it.each([[{}], [{ day: '2025-09-14' }], [{ state: 'ALARM', name: 'x' }], [{ status2024: 'x', alarm: 1 }]])(
    '%j is none, and is reported: an alarm in a form of its own must not be lost',
    (payload) => {
      expect(readEvent(payload)).toMatchObject([{ kind: 'unrecognised' }]);
    },
  );

  it('are not what an envelope with a key of that name is', () => {
    const facts = transition();
    expect(readEvent({ ...classicMessage(facts), status: 'x' })).toMatchObject([{ kind: 'alarm' }]);
    expect(readEvent({ ...direct(facts), run: 'x' })).toMatchObject([{ kind: 'alarm' }]);
  });
});
