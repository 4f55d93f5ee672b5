import fc from 'fast-check';
import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { runIdOfAlarm } from '../../../lambdas/intake/start/run-id.ts';
import { ENVELOPES, notification, snsRecord, sqsRecord } from '../../fixtures/envelopes/envelopes.ts';
import { KINDS, expected, transition, type Transition } from '../../fixtures/envelopes/transitions.ts';
import { CONTEXT, makeDispatcher } from './boot.ts';

/** A real alarm of ours, at a moment of its own. */
const good = fc
  .record({
    name: fc.constantFrom('cur-freshness', 'budget-stale'),
    kind: fc.constantFrom(...KINDS),
    moment: fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 }),
    reason: fc.string({ unit: 'binary', minLength: 1, maxLength: 80 }).filter((text) => text.trim() !== ''),
    envelope: fc.constantFrom(...ENVELOPES),
  })
  .map(({ moment, envelope, ...facts }) => {
    const alarm = transition({ ...facts, changedAt: new Date(moment).toISOString() });
    return { alarm, records: recordsOf(envelope.wrap(alarm)) };
  });

/** An event's records; an event that is one message counts as its own. */
function recordsOf(event: unknown): unknown[] {
  if (Array.isArray(event)) return event as unknown[];
  const { Records } = event as { Records?: unknown[] };
  return Records ?? [event];
}

const nasty = fc.oneof(
  fc.jsonValue({ maxDepth: 5 }),
  fc.anything({ maxDepth: 3, withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    JSON.parse('{"__proto__":{"AlarmName":"cur-freshness"},"constructor":{"prototype":{}}}') as unknown,
    '{"__proto__":null,"AlarmName":{"toString":1},"NewStateValue":["ALARM"],"StateChangeTime":{}}',
    { Records: { length: 3 } },
    { Records: [[[[]]]] },
    { alarmData: { alarmName: 'cur-freshness', state: null } },
    { 'detail-type': 'CloudWatch Alarm State Change', resources: 7, detail: { state: { value: 'ALARM' } } },
    { Sns: { Message: '\ud800', Type: 'Notification' } },
    { Sns: 'text' },
    { messageId: 'm', body: '{"Type":"Notification","TopicArn":"x","Message":9}' },
    'x'.repeat(300_000),
    '['.repeat(20_000),
    { AlarmName: 'cur-freshness', NewStateValue: 'ALARM', StateChangeTime: '2025-99-99T99:99:99Z' },
  ),
);

/** Garbage as it is, or in an envelope that is in order. */
const bad = fc.oneof(
  nasty,
  fc.oneof(fc.string({ unit: 'binary' }), fc.json()).map((text) => snsRecord(text)),
  fc.oneof(fc.string({ unit: 'binary' }), fc.json()).map((text) => sqsRecord(text)),
  fc.json().map((text) => sqsRecord(notification(text))),
);

const idOf = (alarm: Transition) => runIdOfAlarm(alarm.name, expected(alarm));

it('whatever lies beside it, every good alarm starts its run, exactly once, and nothing else does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          good,
          bad.map((record) => ({ records: [record] })),
        ),
        { maxLength: 12 },
      ),
      async (parts) => {
        const world = makeDispatcher();
        const records = parts.flatMap((part) => part.records);
        await world.dispatch({ Records: records }, CONTEXT);
        const wanted = new Set(parts.flatMap((part) => ('alarm' in part ? [idOf(part.alarm)] : [])));
        expect(new Set(world.runs().map(({ run }) => run))).toEqual(wanted);
        const started = world.aws.calls.filter((call) => call.startsWith('Invoke'));
        expect(started).toHaveLength(parts.filter((part) => 'alarm' in part).length);
      },
    ),
    { numRuns: 100 },
  );
});

it('no event is thrown back, unless AWS fails; and each message of it is accounted for', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, async (event) => {
      const messages = readEvent(event);
      expect(messages.length).toBeGreaterThan(0);
      for (const { body } of messages) expect(typeof body).toBe('string');
      await makeDispatcher().dispatch(event, CONTEXT);
    }),
    { numRuns: 200 },
  );
});
