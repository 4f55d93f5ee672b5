import fc from 'fast-check';
import { AwsError } from '../../../emulator/kernel/service.ts';
import type { FaultEffect } from '../../../emulator/kernel/faults.ts';
import { noParams, stepKind } from '../step.ts';
import { afterNext } from '../strike.ts';
import type { World } from '../world.ts';

/** Calls of the responder before or after which it may die, or lose its answer. */
const CALLS = [
  ['lambda', 'CheckpointDurableExecution'],
  ['lambda', 'GetDurableExecutionState'],
  ['lambda', 'Invoke'],
  ['lambda', 'SendDurableExecutionCallbackSuccess'],
  ['lambda', 'UpdateFunctionConfiguration'],
  ['sts', 'AssumeRole'],
  ['s3', 'PutObject'],
  ['sns', 'Publish'],
  ['monitoring', 'DescribeAlarms'],
  ['secretsmanager', 'GetSecretValue'],
  ['monitoring', 'PutMetricData'],
] as const;

const point = fc.record({
  call: fc.constantFrom(...CALLS),
  when: fc.constantFrom('before' as const, 'after' as const),
  /** Of such calls that pass first. */
  skip: fc.nat({ max: 6 }),
});
type Point = typeof point extends fc.Arbitrary<infer P> ? P : never;

function arm(
  { sandbox }: World,
  { call: [service, operation], when, skip }: Point,
  effect: FaultEffect,
): void {
  let passing = skip;
  sandbox.faults.add({
    service,
    operation,
    when,
    times: 1,
    effect,
    match: () => passing-- <= 0,
  });
}

/** An error that the SDK does not try again. */
const silent = new AwsError('InvalidParameterValueException', 'it does not answer');

/** What happens to the ground that the responder stands on. */
export const platform = [
  stepKind({
    name: 'crashes',
    weight: 9,
    params: point,
    run: async (world, at) => arm(world, at, 'kill-worker'),
  }),
  stepKind({
    name: 'lost answers',
    weight: 5,
    params: point,
    run: async (world, at) => arm(world, at, 'drop-connection'),
  }),
  stepKind({
    name: 'ledger outages',
    weight: 3,
    params: noParams,
    async run({ sandbox, orders }) {
      sandbox.ledger.cut();
      orders.begin(orders.blind, 'ledger', sandbox.clock.now());
    },
  }),
  stepKind({
    name: 'guards that err',
    weight: 3,
    params: fc.record({ what: fc.constantFrom('DescribeAlarms', 'ListAlarmMuteRules', 'switch') }),
    async run({ sandbox, orders }, { what }) {
      if (what === 'switch')
        await sandbox.pool.query('alter table if exists responder.switch rename to switch_away');
      else
        sandbox.faults.add({
          service: 'monitoring',
          operation: what,
          when: 'before',
          times: Infinity,
          effect: silent,
        });
      orders.begin(orders.blind, what === 'switch' ? 'switch' : 'alarm', sandbox.clock.now());
    },
  }),
  stepKind({
    name: 'all is there again',
    weight: 5,
    params: noParams,
    async run(world) {
      world.sandbox.ledger.restore();
      world.sandbox.faults.clear();
      await world.seeAgain();
    },
  }),
  stepKind({
    name: 'clock jumps',
    weight: 9,
    params: fc.record({
      minutes: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) },
        { weight: 3, arbitrary: fc.integer({ min: 21, max: 90 }) },
        { weight: 1, arbitrary: fc.integer({ min: 91, max: 360 }) },
      ),
    }),
    run: (world, { minutes }) => world.pass(minutes),
  }),
  stepKind({
    name: 'locks lost',
    weight: 2,
    params: noParams,
    // Right after people were told of the acting: its lease has run out, and nobody told it.
    run: async (world) =>
      afterNext(world, 'Publish', async () => {
        const now = world.now().toISOString();
        await world.sandbox.pool.query(
          `update responder.lock set leased_until = $1::timestamptz - interval '1 second' where released_at is null`,
          [now],
        );
      }),
  }),
];
