import fc from 'fast-check';
import { stepKind } from '../step.ts';
import { MONTHS, TARGET_NAMES, targetNamed } from '../targets.ts';

const which = fc.constantFrom(...TARGET_NAMES);
const month = fc.constantFrom(...MONTHS);
const JOBS = ['budgetRefresh', 'allocation'] as const;

/** What happens to Commercial-Ops. */
export const business = [
  stepKind({
    name: 'breaks',
    weight: 5,
    params: fc.record({ what: which, how: fc.nat({ max: 11 }) }),
    run: async ({ sandbox }, { what, how }) => void (await targetNamed(what).break(sandbox, how)),
  }),
  stepKind({
    name: 'heals by itself',
    weight: 2,
    params: fc.record({ what: which }),
    run: (world, { what }) => world.heal(what),
  }),
  stepKind({
    name: 'closes a month',
    weight: 3,
    params: fc.record({ month }),
    async run({ sandbox, orders }, { month: period }) {
      await sandbox.services.commercialOps.setPeriodState(period, 'closed');
      orders.begin(orders.closed, period, sandbox.clock.now());
    },
  }),
  stepKind({
    name: 'reopens a month',
    weight: 2,
    params: fc.record({ month }),
    async run({ sandbox, orders }, { month: period }) {
      if (!orders.holds(orders.closed, period)) return false;
      orders.end(orders.closed, period, sandbox.clock.now());
      await sandbox.services.commercialOps.setPeriodState(period, period === MONTHS[0] ? 'open' : 'closing');
      return true;
    },
  }),
  stepKind({
    name: 'job misbehaves',
    weight: 4,
    params: fc.record({ job: fc.constantFrom(...JOBS), how: fc.constantFrom('noop', 'fail', 'works') }),
    async run({ sandbox: { services } }, { job, how }) {
      const message = 'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue';
      const behaviour =
        how === 'works'
          ? undefined
          : how === 'noop'
            ? { kind: 'noop' as const }
            : { kind: 'fail' as const, message };
      await services.commercialOps.behave(services.estate.jobs[job], behaviour);
    },
  }),
];
