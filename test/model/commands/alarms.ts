import fc from 'fast-check';
import { ENVELOPES } from '../../fixtures/envelopes/envelopes.ts';
import { transition, type Transition } from '../../fixtures/envelopes/transitions.ts';
import { knownTransition } from '../../support/known-transition.ts';
import { noParams, stepKind } from '../step.ts';
import { ALARMS, targetNamed, TARGET_NAMES } from '../targets.ts';
import type { World } from '../world.ts';

const envelope = fc.nat({ max: ENVELOPES.length - 1 });
const alarm = fc.constantFrom(...ALARMS);
const MOST_MUTED_MINUTES = 120;

/** As SNS, SQS, EventBridge or CloudWatch itself would; a delivery that fails is somebody's to repeat, and is. */
async function deliver({ sandbox, counts }: World, facts: Transition, wrapped: number): Promise<void> {
  const { name, state, changedAt, reason } = facts;
  await knownTransition(sandbox.services, name, { state, at: changedAt, reason });
  const payload = ENVELOPES[wrapped]?.wrap(facts);
  const order = { function: 'responder-dispatcher', type: 'RequestResponse', payload } as const;
  const { functionError } = await sandbox.services.lambda.invoke(order);
  if (functionError) counts.add('tried', 'deliveries that failed');
}

const inState = (state: Transition['state']) =>
  stepKind({
    name: state === 'ALARM' ? 'alarms' : 'OK notices',
    weight: state === 'ALARM' ? 6 : 2,
    params: fc.record({ alarm, envelope }),
    async run(world, { alarm: name, envelope: wrapped }) {
      const previous = state === 'ALARM' ? 'OK' : 'ALARM';
      const facts = transition({ name, state, previous, changedAt: world.now().toISOString() });
      world.wire.transitions.push(facts);
      await deliver(world, facts, wrapped);
    },
  });

/** Alarms, and what CloudWatch does with them. */
export const alarms = [
  inState('ALARM'),
  inState('OK'),
  stepKind({
    name: 'breaks, and is measured',
    weight: 10,
    params: fc.record({
      what: fc.constantFrom(...TARGET_NAMES),
      how: fc.nat({ max: 11 }),
      minutes: fc.integer({ min: 6, max: 16 }),
    }),
    async run(world, { what, how, minutes }) {
      await targetNamed(what).break(world.sandbox, how);
      // What was measured before must be out of the alarm's sight.
      await world.pass(minutes);
      await world.measure();
      await world.pass(1);
    },
  }),
  stepKind({
    name: 'measurings',
    weight: 3,
    params: noParams,
    async run(world) {
      await world.measure();
      await world.pass(1);
    },
  }),
  stepKind({
    name: 'breaks, and an alarm comes twice',
    weight: 12,
    params: fc.record({
      what: fc.constantFrom(...TARGET_NAMES),
      how: fc.nat({ max: 11 }),
      first: envelope,
      second: envelope,
    }),
    async run(world, { what, how, first, second }) {
      const target = targetNamed(what);
      await target.break(world.sandbox, how);
      const facts = transition({ name: target.alarm, changedAt: world.now().toISOString() });
      world.wire.transitions.push(facts);
      await Promise.all([deliver(world, facts, first), deliver(world, facts, second)]);
      world.counts.add('tried', 'duplicates');
    },
  }),
  stepKind({
    name: 'duplicates',
    weight: 8,
    params: fc.record({ back: fc.nat({ max: 3 }), envelope }),
    async run(world, { back, envelope: wrapped }) {
      const facts = world.wire.transitions.at(-1 - back);
      if (!facts) return false;
      await deliver(world, facts, wrapped);
      return true;
    },
  }),
  stepKind({
    name: 'mutes',
    weight: 2,
    params: fc.record({ alarm, minutes: fc.integer({ min: 5, max: MOST_MUTED_MINUTES }) }),
    async run({ sandbox, orders }, { alarm: name, minutes }) {
      const now = sandbox.clock.now();
      const ends = new Date(now.getTime() + minutes * 60_000);
      const [begins, rule] = [now.toISOString(), `of-the-model-${orders.muted.length}`];
      await sandbox.services.cloudwatch.muteRules.put(rule, {
        name: rule,
        alarms: [name],
        begins,
        ends: ends.toISOString(),
        updatedAt: begins,
      });
      orders.muted.push({ of: name, from: now, until: ends });
    },
  }),
  stepKind({
    name: 'unmutes',
    weight: 1,
    params: noParams,
    async run({ sandbox, orders }) {
      const { muteRules } = sandbox.services.cloudwatch;
      const now = sandbox.clock.now();
      for (const span of orders.muted) if (span.until && span.until > now) span.until = now;
      for (const { name } of muteRules.all()) await muteRules.delete(name);
    },
  }),
  stepKind({
    name: 'sweeps',
    weight: 5,
    params: noParams,
    async run({ sandbox: { services } }) {
      await services.lambda.invoke({ function: 'responder-sweep', type: 'RequestResponse', payload: {} });
    },
  }),
];
